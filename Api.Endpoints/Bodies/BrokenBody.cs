using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// An upload that the caller broke off, or framed otherwise than HTTP demands. The server reports that in many ways (an IOException for a chunk size
/// over 31 bits, a reset, a bad request); each is the caller's fault, and after each the connection carries no further request.
/// </summary>
internal static class BrokenBody
{
    /// <summary>The failure to answer with, after the connection was told to end.</summary>
    public static Exception Report(HttpContext context, IOException failure)
    {
        // Kept alive, the server would read on from a connection whose last read it never finished, and report that as its own error.
        if (failure is ConnectionResetException)
            context.Abort();
        else
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

        return failure is BadHttpRequestException ? failure : Refusal.BadRequest("The body broke off or is not framed as HTTP demands.");
    }
}
