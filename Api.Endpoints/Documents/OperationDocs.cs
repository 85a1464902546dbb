using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Documents;

/// <summary>Writes what <see cref="RouteDocs"/> says into the OpenAPI document.</summary>
internal sealed class OperationDocs : IOpenApiOperationTransformer
{
    // Names are checked before anything else, a body may be wrong or too large anywhere, a node may be away or leaving, and a defect may be met everywhere.
    private static readonly LogErrorCode[] Everywhere =
        [LogErrorCode.BadRequest, LogErrorCode.Moving, LogErrorCode.Draining, LogErrorCode.Unavailable, LogErrorCode.Internal];

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RouteDocs>().FirstOrDefault() is not { } docs)
            return;

        var head = string.Equals(context.Description.HttpMethod, "HEAD", StringComparison.Ordinal);
        operation.OperationId = head ? docs.Name + "Head" : docs.Name;
        operation.Summary = docs.Summary;
        operation.Description = docs.Description;
        operation.Parameters = Parameters(docs, context.Description.RelativePath!);
        if (docs.Body is { } body)
            operation.RequestBody = new OpenApiRequestBody { Required = body.Required, Content = await ContentAsync(body.Content, context, cancellationToken) };

        operation.Responses = [];
        foreach (var answer in docs.Answers)
        {
            operation.Responses[answer.Status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = answer.Description,
                Content = head ? null : await ContentAsync(answer.Content, context, cancellationToken),
            };
        }

        var problem = await ContentAsync([new ContentDocs(WireMediaTypes.Problem, typeof(ProblemBody))], context, cancellationToken);
        foreach (var codes in Everywhere.Concat(docs.Problems).GroupBy(code => ProblemTable.Row(code).Status).OrderBy(group => group.Key))
        {
            operation.Responses[codes.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join(", ", codes.Select(LogErrors.WireName)),
                Content = problem,
            };
        }
    }

    private static List<IOpenApiParameter> Parameters(RouteDocs docs, string path)
    {
        var parameters = new List<IOpenApiParameter>();
        if (path.Contains("{stream}", StringComparison.Ordinal))
        {
            parameters.Add(new OpenApiParameter
            {
                Name = "stream",
                In = ParameterLocation.Path,
                Required = true,
                Description = "Name of the stream.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[A-Za-z0-9][A-Za-z0-9._:~-]{0,255}$" },
            });
        }

        if (path.Contains("{node}", StringComparison.Ordinal))
        {
            parameters.Add(new OpenApiParameter
            {
                Name = "node",
                In = ParameterLocation.Path,
                Required = true,
                Description = "Id of the node.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[0-9a-f]{32}$" },
            });
        }

        foreach (var parameter in docs.Parameters)
        {
            parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = parameter.InHeader ? ParameterLocation.Header : ParameterLocation.Query,
                Description = parameter.Description,
                Schema = parameter.IsNumber
                    ? new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" }
                    : new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        return parameters;
    }

    private static async Task<Dictionary<string, OpenApiMediaType>?> ContentAsync(
        IReadOnlyList<ContentDocs> content, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (content.Count == 0)
            return null;

        var result = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
        foreach (var (mediaType, shape) in content)
        {
            result[mediaType] = new OpenApiMediaType
            {
                Schema = shape is null ? new OpenApiSchema { Type = JsonSchemaType.String } : await SchemaAsync(shape, context, cancellationToken),
            };
        }

        return result;
    }

    private static async Task<IOpenApiSchema> SchemaAsync(Type shape, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var document = context.Document!;
        if (document.Components?.Schemas?.ContainsKey(shape.Name) != true)
            document.AddComponent(shape.Name, await context.GetOrCreateSchemaAsync(shape, cancellationToken: cancellationToken));

        return new OpenApiSchemaReference(shape.Name, document);
    }
}
