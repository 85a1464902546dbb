using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Routes;

namespace Orleans.Log.Api.Endpoints.Sessions;

/// <summary>
/// Opens appender sessions. Whatever is wrong with the request is a plain problem; from the 101 on the connection belongs to the session.
/// </summary>
internal sealed class SessionRoute(Services services)
{
    private int _open;

    public async Task GetAsync(HttpContext context)
    {
        _ = Services.Name(context);
        _ = new QueryReader(context.Request, []);
        services.Origins.RequireAllowed(context.Request);
        var upgrade = RequireUpgrade(context);
        var conditions = Conditions.OfSession(context.Request);
        var stream = await services.OpenAsync(context);
        if (Interlocked.Increment(ref _open) > services.Options.MaxSessions)
        {
            Interlocked.Decrement(ref _open);
            throw new LogException(LogErrorCode.Overloaded, "There are as many sessions as there may be.", new LogErrorFacts(Reason: Reasons.Sessions));
        }

        services.Instruments.OnSessionOpened();
        try
        {
            await using var connection = await upgrade.UpgradeAsync();
            await using var session = new AppendSession(services, context, stream, conditions, connection);
            await session.RunAsync();
        }
        finally
        {
            services.Instruments.OnSessionClosed();
            Interlocked.Decrement(ref _open);
        }
    }

    private static IHttpUpgradeFeature RequireUpgrade(HttpContext context)
    {
        context.Response.Headers.Upgrade = SessionFormat.Protocol;
        return HttpProtocol.IsHttp11(context.Request.Protocol) && context.Request.Headers.Upgrade is [SessionFormat.Protocol]
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade
            ? upgrade
            : throw Refusal.BadRequest($"This path takes requests with Connection: Upgrade and Upgrade: {SessionFormat.Protocol}, over HTTP/1.1.", Reasons.UpgradeRequired);
    }
}
