using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>
/// By which names the server may be called. A page can have its own name resolve to this machine after it was loaded; to the browser the log is then
/// of the page's own origin, and only the name in Host tells that it is not.
/// </summary>
internal sealed class HostPolicy(IOptions<OrleansLogEndpointOptions> options)
{
    private readonly HashSet<string>? _allowed = options.Value.AllowedHosts is { Count: > 0 } hosts && !hosts.Contains("*")
        ? new HashSet<string>(hosts, StringComparer.OrdinalIgnoreCase)
        : null;

    /// <summary>
    /// Throws for a request to another name. HTTP/1.0 knows requests without a name, and health checkers send them; no page can, because every
    /// browser names the host.
    /// </summary>
    public void Require(HttpContext context)
    {
        if (_allowed is not null && !_allowed.Contains(context.Request.Host.Host) && !IsNameless(context.Request))
            throw Refusal.BadRequest("The server is not to be called by the name in Host.", Reasons.Host);
    }

    private static bool IsNameless(HttpRequest request) => HttpProtocol.IsHttp10(request.Protocol) && request.Headers.Host.Count == 0;
}
