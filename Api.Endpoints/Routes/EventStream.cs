using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>
/// Follows a stream as server-sent events: what there is, then what comes, until the stream is sealed, a bound is reached or the caller
/// goes. What is wrong with the request is still a plain problem, because the first page is read before the answer begins.
/// </summary>
internal sealed class EventStream(Services services)
{
    private static readonly SpanOperation Follow = new("follow", WireRoutes.Records("{stream}"), "receive");

    public async Task RunAsync(HttpContext context, StreamName name, QueryReader query)
    {
        EndpointSpans.Become(Follow);
        ReadQuery.Refuse(query, WireMediaTypes.EventStream, WireRoutes.Wait);
        var form = ReadQuery.Form(query);
        var range = ReadQuery.Range(query);
        var clamp = query.Flag(WireRoutes.Clamp);
        var maxCount = query.Number(WireRoutes.Limit, 1, Limits.Position);
        var maxBytes = query.Number(WireRoutes.MaxBytes, 1, Limits.Position);
        var resumed = EventCursor.Of(context.Request);
        var stream = await services.OpenAsync(name, ReadQuery.StreamIdentity(query), context.RequestAborted);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.Stopping);
        if (resumed is { } cursor)
        {
            await RequireSameAsync(stream, cursor, stop.Token);
            range = range with { Origin = ReadOrigin.Lsn, Start = cursor.Next, Clamp = clamp };
        }

        var start = (resumed ?? new EventCursor(range.Start, Count: 0, Bytes: 0, Stream: null)) with { Stream = stream.Id.ToString() };
        var budget = new EventBudget(maxCount ?? long.MaxValue, maxBytes ?? long.MaxValue);
        using var session = new EventSession(stream, range, start, budget, services, stop.Token) { Ping = services.Options.PingInterval, Clamp = clamp };
        var ended = await session.OpenAsync();
        if (ended && (resumed is not null || !session.OpensAtSeal))
        {
            // This status tells a browser not to come back. An end by seal has an event of its own, so a first connection gets that.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        context.Response.Headers[WireHeaders.StreamId] = start.Stream;
        await StartAsync(context);
        var writer = new EventWriter(context.Response.BodyWriter, form, context.RequestAborted);
        services.Instruments.OnFollowerOpened();
        try
        {
            await session.RunAsync(writer);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await writer.ErrorAsync(Problem.Body(Problem.Of(e, context, services.Logger), context));
        }
        finally
        {
            services.Instruments.OnFollowerClosed();
        }
    }

    /// <summary>Refuses to resume in another stream than the one that the cursor is of.</summary>
    private static async ValueTask RequireSameAsync(ILogStream stream, EventCursor cursor, CancellationToken cancellationToken)
    {
        // An id of an older server names no stream. A tail never moves back, so a position beyond it is of another one.
        var same = cursor.Stream is { } id
            ? string.Equals(id, stream.Id.ToString(), StringComparison.Ordinal)
            : cursor.Next <= (await stream.CheckTailAsync(cancellationToken)).Tail;
        if (!same)
            throw Refusal.OtherStream();
    }

    private static Task StartAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = WireMediaTypes.EventStream;
        response.Headers.CacheControl = "no-store";
        response.Headers.Append("Vary", "Accept");
        return Answer.StartStreamAsync(context);
    }
}
