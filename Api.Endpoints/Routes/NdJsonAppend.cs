using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>
/// Appends an endless body of lines batch by batch, and answers batch by batch. One batch is in flight at a time, so that nothing can
/// follow one that failed; while it is, the next one fills, which makes batches as large as the disk is slow. A batch is what has come
/// so far: there is no timer, and a lone line is appended at once.
/// </summary>
internal sealed class NdJsonAppend(Services services)
{
    public async Task RunAsync(HttpContext context, ILogStream stream, AppendConditions conditions)
    {
        if (conditions.Producer is not null)
            throw Refusal.BadRequest("A producer stamp names one batch, and lines are cut into batches by the time of their arrival.");

        // Lines may come as rarely as they happen: the body is a conversation, not an upload.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.Stopping);
        using var body = RequestBody.Open(context, services.Bodies, limit: null);
        await using var session = new NdJsonSession(services, context, stream, conditions, body, stop);
        try
        {
            await session.RunAsync();
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await session.FailAsync(e);
        }
    }
}
