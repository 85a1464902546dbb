using System.Buffers;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>A stream as a thing: ensure, describe, change, delete.</summary>
internal sealed class StreamRoutes(Services services)
{
    /// <summary>How often a merge patch that removes all labels is tried again when others change the configuration under it.</summary>
    private const int PatchAttempts = 8;

    public async Task PutAsync(HttpContext context)
    {
        var name = Services.Name(context);
        var condition = Conditions.OfEnsure(context.Request);
        var change = await ChangeAsync(context, WireMediaTypes.Json, optional: true);
        var result = await services.BoundedAsync(services.Log.EnsureAsync(name, change.Patch, condition, context.RequestAborted));
        if (result.Created)
            context.Response.Headers.Location = WireRoutes.Stream(name.Value);

        await DescribeAsync(context, result.Stream, result.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    /// <summary>GET and HEAD.</summary>
    public async Task GetAsync(HttpContext context)
    {
        _ = new QueryReader(context.Request, []);
        var stream = await services.OpenAsync(context);
        await DescribeAsync(context, await stream.DescribeAsync(context.RequestAborted), StatusCodes.Status200OK);
    }

    public async Task PatchAsync(HttpContext context)
    {
        var name = Services.Name(context);
        var condition = Conditions.OfChange(context.Request) with { MustExist = true };
        var change = await ChangeAsync(context, WireMediaTypes.MergePatch, optional: false);
        var stream = change.DropLabels
            ? await DropLabelsAsync(name, change.Patch, condition, context.RequestAborted)
            : (await services.BoundedAsync(services.Log.EnsureAsync(name, change.Patch, condition, context.RequestAborted))).Stream;
        await DescribeAsync(context, stream, StatusCodes.Status200OK);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var name = Services.Name(context);
        Conditions.RefuseAll(context.Request);
        await services.BoundedAsync(services.Log.DeleteAsync(name, context.RequestAborted));
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async ValueTask<ConfigChange> ChangeAsync(HttpContext context, string mediaType, bool optional)
    {
        if (optional && !Media.HasBody(context))
            return new ConfigChange(new StreamConfigPatch(), DropLabels: false);

        Media.OfBody(context.Request, [mediaType]);
        using var body = RequestBody.Open(context, services.Bodies, BodyLimits.Control);
        var content = await body.ReadWholeAsync(BodyLimits.Control, context.RequestAborted);
        try
        {
            return optional && content.IsEmpty
                ? new ConfigChange(new StreamConfigPatch(), DropLabels: false)
                : ConfigReader.Read(content, mergePatch: mediaType == WireMediaTypes.MergePatch);
        }
        finally
        {
            body.Release(content);
        }
    }

    // The port sets and removes labels by name. To remove them all one has to know them, and to know that they are still all.
    private async ValueTask<StreamDescription> DropLabelsAsync(
        StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var stream = await services.Log.OpenAsync(name, cancellationToken);
            var present = await stream.DescribeAsync(cancellationToken);
            var labels = present.Config.Labels.Keys.ToDictionary(label => label, _ => (string?)null, StringComparer.Ordinal);
            var whole = patch with { Labels = labels };
            try
            {
                var exact = condition with { ConfigVersion = condition.ConfigVersion ?? present.ConfigVersion };
                return (await services.BoundedAsync(services.Log.EnsureAsync(name, whole, exact, cancellationToken))).Stream;
            }
            catch (LogException e) when (e.Code == LogErrorCode.ConfigMismatch && condition.ConfigVersion is null && attempt < PatchAttempts)
            {
                // Somebody else changed it between the two calls: look again.
            }
        }
    }

    private static Task DescribeAsync(HttpContext context, StreamDescription stream, int status)
    {
        context.Response.Headers.ETag = $"\"c{Answer.Text(stream.ConfigVersion)}\"";
        Answer.Positions(context.Response, stream.Head, stream.Tail, stream.Sealed);
        return Answer.JsonAsync(context, StreamBodies.Of(stream), WireJson.Default.StreamBody, status);
    }
}
