using System.Buffers;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>
/// Appends one batch, whole or not at all. The body is parsed where the server's pipe holds it, handed to the log, and given back as
/// soon as the log has its copy: before the batch is durable.
/// </summary>
internal sealed class AppendRoute(Services services, NdJsonAppend lines)
{
    public static readonly string[] Taken =
        [WireMediaTypes.Json, WireMediaTypes.Text, WireMediaTypes.Octets, WireMediaTypes.NdJson, WireMediaTypes.Frames];

    public async Task PostAsync(HttpContext context)
    {
        _ = new QueryReader(context.Request, []);
        var stream = await services.OpenAsync(context);
        var conditions = Conditions.OfAppend(context.Request);
        var mediaType = Media.OfBody(context.Request, Taken);
        if (mediaType == WireMediaTypes.NdJson)
        {
            await lines.RunAsync(context, stream, conditions);
            return;
        }

        var limit = mediaType switch
        {
            WireMediaTypes.Octets => BodyLimits.Octets,
            WireMediaTypes.Text => BodyLimits.Text,
            WireMediaTypes.Frames => BodyLimits.Frames,
            _ => BodyLimits.Json,
        };
        using var body = RequestBody.Open(context, services.Bodies, limit);
        var content = await body.ReadWholeAsync(limit, context.RequestAborted);
        ValueTask<AppendResult> ordered;
        try
        {
            ordered = Append(stream, mediaType, content, conditions, context.RequestAborted);
        }
        finally
        {
            body.Release(content);
        }

        Answer.Appended(context, await services.Outcomes.InTimeAsync(ordered));
    }

    // Not async: when this returns, the log has its copy and the memory is free.
    private static ValueTask<AppendResult> Append(
        ILogStream stream, string mediaType, in ReadOnlySequence<byte> body, AppendConditions conditions, CancellationToken cancellationToken)
    {
        if (mediaType == WireMediaTypes.Octets)
            return stream.AppendAsync(new RecordBatch(new AppendRecord(body)), conditions, cancellationToken);

        var batch = new BatchBuilder();
        try
        {
            switch (mediaType)
            {
                case WireMediaTypes.Text:
                    PlainBodies.ReadLines(body, batch);
                    break;
                case WireMediaTypes.Frames:
                    PlainBodies.ReadFrames(body, batch);
                    break;
                default:
                    conditions = JsonBatchReader.Read(body, batch, conditions);
                    break;
            }

            return stream.AppendAsync(batch.Batch, conditions, cancellationToken);
        }
        finally
        {
            batch.Dispose();
        }
    }
}
