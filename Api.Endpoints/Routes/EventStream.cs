using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
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
        var range = ReadQuery.Range(query) with { Wait = services.Options.PingInterval };
        var maxCount = query.Number(WireRoutes.Limit, 1, Limits.Position);
        var maxBytes = query.Number(WireRoutes.MaxBytes, 1, Limits.Position);
        var resumed = EventCursor.Of(context.Request);
        if (resumed is { } cursor)
            range = range with { Origin = ReadOrigin.Lsn, Start = cursor.Next, Clamp = false };

        var stream = await services.OpenAsync(name, ReadQuery.StreamIdentity(query), context.RequestAborted);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.Stopping);
        var session = new EventSession(stream, range, resumed ?? default, new EventBudget(maxCount ?? long.MaxValue, maxBytes ?? long.MaxValue), stop.Token);
        var ended = await session.OpenAsync();
        if (resumed is not null && ended)
        {
            // What tells a browser not to come back.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        context.Response.Headers[WireHeaders.StreamId] = stream.Id.ToString();
        await StartAsync(context);
        var writer = new EventWriter(context.Response.BodyWriter, form, context.RequestAborted);
        services.Instruments.OnFollowerOpened();
        try
        {
            await session.RunAsync(writer, services.Time);
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

    private static Task StartAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = WireMediaTypes.EventStream;
        response.Headers.CacheControl = "no-store";
        response.Headers.Append("Vary", "Accept");
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return response.StartAsync(context.RequestAborted);
    }
}
