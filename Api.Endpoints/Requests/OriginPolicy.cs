using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>
/// Who may use the API from a browser. A form or a script of any page may send text/plain to any address without asking, so refusing
/// to answer is not enough: what changes something is refused before it is looked at. Callers that are no browser send no Origin.
/// </summary>
internal sealed class OriginPolicy(IOptions<OrleansLogEndpointOptions> options)
{
    private const string Exposed =
        $"ETag, Location, Link, Retry-After, {WireHeaders.Tail}, {WireHeaders.Head}, {WireHeaders.Next}, {WireHeaders.Sealed}, {WireHeaders.StreamId}, "
        + $"{WireHeaders.Lsn}, {WireHeaders.Timestamp}";

    private const string Allowed =
        $"Accept, Content-Type, Content-Encoding, If-Match, If-None-Match, Last-Event-ID, {WireHeaders.FencingToken}, "
        + $"{WireHeaders.ProducerId}, {WireHeaders.ProducerEpoch}, {WireHeaders.ProducerSequence}";

    private readonly HashSet<string> _allowed = new(options.Value.AllowedOrigins, StringComparer.OrdinalIgnoreCase);

    /// <summary>Sets the headers for an allowed origin, throws for a forbidden one, and returns true if the request is thereby answered.</summary>
    public bool Answer(HttpContext context)
    {
        var request = context.Request;
        var response = context.Response;
        if (request.Headers.Origin.Count == 0)
            return false;

        response.Headers.Append("Vary", "Origin");
        if (AllowedOrigin(request) is not { } origin)
            return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? false : throw Foreign();

        response.Headers.AccessControlAllowOrigin = origin;
        response.Headers.AccessControlExposeHeaders = Exposed;
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0)
            return false;

        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = "GET, HEAD, PUT, PATCH, POST, DELETE";
        response.Headers.AccessControlAllowHeaders = Allowed;
        response.Headers.AccessControlMaxAge = "600";
        return true;
    }

    /// <summary>For a route that changes something although its method is GET: throws for a page of a foreign origin.</summary>
    public void RequireAllowed(HttpRequest request)
    {
        if (request.Headers.Origin.Count > 0 && AllowedOrigin(request) is null)
            throw Foreign();
    }

    // The one origin that the request names, if its pages may use the log. Several origins, and an empty one, are nobody's: no browser sends
    // them, so a proxy or a forger made them, and what cannot be checked is not allowed.
    private string? AllowedOrigin(HttpRequest request)
    {
        if (request.Headers.Origin is not [{ Length: > 0 } origin])
            return null;

        var own = string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        return own || _allowed.Contains(origin) || _allowed.Contains("*") ? origin : null;
    }

    private static LogException Foreign() =>
        new(LogErrorCode.Forbidden, "Pages of this origin may not use the log.", new LogErrorFacts(Reason: Reasons.Origin));
}
