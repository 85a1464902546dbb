using System.Buffers;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>The tail, the commands that take a position in the log (trim, fence, seal), and snapshots.</summary>
internal sealed class ControlRoutes(Services services)
{
    public async Task TailAsync(HttpContext context)
    {
        _ = new QueryReader(context.Request, []);
        var stream = await services.OpenAsync(context);
        var position = await stream.CheckTailAsync(context.RequestAborted);
        Answer.Positions(context.Response, position.Head, position.Tail, position.Sealed);
        var body = new TailBody
        {
            Head = position.Head,
            Tail = position.Tail,
            Sealed = position.Sealed,
            LastTimestamp = position.LastTimestamp,
        };
        await Answer.JsonAsync(context, body, WireJson.Default.TailBody);
    }

    public async Task TrimAsync(HttpContext context)
    {
        var stream = await services.OpenAsync(context);
        var before = await ReadAsync(context, static body => CommandReader.Trim(body));
        await AnswerAsync(context, stream.TrimAsync(before, context.RequestAborted));
    }

    public async Task FenceAsync(HttpContext context)
    {
        var stream = await services.OpenAsync(context);
        var (token, expected) = await ReadAsync(context, static body => CommandReader.Fence(body));
        await AnswerAsync(context, stream.FenceAsync(token, expected, context.RequestAborted));
    }

    public async Task SealAsync(HttpContext context)
    {
        var stream = await services.OpenAsync(context);
        await NoBodyAsync(context);
        await AnswerAsync(context, stream.SealAsync(context.RequestAborted));
    }

    public async Task SnapshotAsync(HttpContext context)
    {
        var stream = await services.OpenAsync(context);
        await NoBodyAsync(context);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.Stopping);
        var snapshot = await services.BoundedAsync(stream.SnapshotAsync(stop.Token));
        await Answer.JsonAsync(context, StreamBodies.Of(snapshot), WireJson.Default.SnapshotBody);
    }

    public async Task SnapshotsAsync(HttpContext context)
    {
        _ = new QueryReader(context.Request, []);
        var stream = await services.OpenAsync(context);
        var snapshots = await stream.ListSnapshotsAsync(context.RequestAborted);
        var body = new SnapshotListBody { Snapshots = [.. snapshots.Select(StreamBodies.Of)] };
        await Answer.JsonAsync(context, body, WireJson.Default.SnapshotListBody);
    }

    private async ValueTask NoBodyAsync(HttpContext context)
    {
        if (Media.HasBody(context))
        {
            await ReadAsync(context, static body =>
            {
                if (!body.IsEmpty)
                    CommandReader.Empty(body);

                return true;
            });
        }
        else
        {
            Conditions.RefuseAll(context.Request);
        }
    }

    private async ValueTask<T> ReadAsync<T>(HttpContext context, Func<ReadOnlySequence<byte>, T> parse)
    {
        Conditions.RefuseAll(context.Request);
        Media.OfBody(context.Request, [WireMediaTypes.Json]);
        using var body = RequestBody.Open(context, services.Bodies, BodyLimits.Control);
        var content = await body.ReadWholeAsync(BodyLimits.Control, context.RequestAborted);
        try
        {
            return parse(content);
        }
        finally
        {
            body.Release(content);
        }
    }

    private async Task AnswerAsync(HttpContext context, ValueTask<StreamPosition> command)
    {
        var position = await services.BoundedAsync(command);
        await Answer.JsonAsync(context, StreamBodies.Of(position), WireJson.Default.CommandBody);
    }
}
