using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.WebConsole;

/// <summary>
/// The web console: a page and its parts, embedded in this assembly. It has no rights of its own; it is one more caller of the API. A name is
/// looked up in a table and never becomes a path of a file system, so there is nothing to climb out of.
/// </summary>
internal sealed class ConsoleRoutes
{
    /// <summary>Where the page is.</summary>
    public const string Page = "/console";

    /// <summary>Where its parts are.</summary>
    public const string Part = "/console/{file}";

    private const string PageFile = "index.html";

    /// <summary>
    /// The page may run its own scripts and talk to its own origin, and nothing else: no inline script or style, no foreign address, no frame, no
    /// form, and (trusted types) no text that becomes markup, so that a record cannot act in it even if the console had such a mistake.
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly Dictionary<string, ConsoleFile> _files = ConsoleFile.LoadAll();

    public Task PageAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.EndsWith('/'))
        {
            // Everything that the page refers to is relative to where it lies, and a slash more would be one folder further down.
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = "../console";
            return Task.CompletedTask;
        }

        return GiveAsync(context, _files[PageFile]);
    }

    public Task PartAsync(HttpContext context)
    {
        return context.GetRouteValue("file") is string name
            && name != PageFile
            && !context.Request.Path.Value!.EndsWith('/')
            && _files.TryGetValue(name, out var file)
                ? GiveAsync(context, file)
                : throw Refusal.BadRequest("There is nothing at this path.", Reasons.NoSuchRoute);
    }

    private static async Task GiveAsync(HttpContext context, ConsoleFile file)
    {
        var response = context.Response;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.ETag = file.Tag;

        // Kept, and asked for again each time: another version of the server may have other files under the same names.
        response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch.Any(tags => tags is not null && tags.Contains(file.Tag, StringComparison.Ordinal)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.ContentType;
        response.ContentLength = file.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.BodyWriter.WriteAsync(file.Content, context.RequestAborted);
    }
}
