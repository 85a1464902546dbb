using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>Content types, in and out.</summary>
internal static class Media
{
    /// <summary>The content type of the body, one of <paramref name="taken"/>, or <see cref="LogErrorCode.UnsupportedMedia"/>.</summary>
    public static string OfBody(HttpRequest request, ReadOnlySpan<string> taken)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            foreach (var candidate in taken)
            {
                if (!type.MediaType.Equals(candidate, StringComparison.OrdinalIgnoreCase))
                    continue;

                // Bytes are stored as they come and lines are found by their LF, so text must be an encoding in which that is right.
                var charset = type.Charset.HasValue ? HeaderUtilities.RemoveQuotes(type.Charset).Value : null;
                return charset is null || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)
                    ? candidate
                    : throw Refusal.UnsupportedMedia("The only character set taken is utf-8.", Reasons.ContentType);
            }
        }

        throw Refusal.UnsupportedMedia($"Content-Type must be one of: {string.Join(", ", taken!)}.", Reasons.ContentType);
    }

    /// <summary>
    /// What the caller prefers among <paramref name="given"/>, whose first is the default. Of equally good ones the earlier in Accept wins.
    /// </summary>
    public static string OfAnswer(HttpRequest request, ReadOnlySpan<string> given)
    {
        var accept = request.Headers.Accept;
        if (accept.Count == 0)
            return given[0];
        if (!MediaTypeHeaderValue.TryParseList(accept!, out var wanted))
            throw Refusal.BadRequest("Accept is not well-formed.");

        string? best = null;
        double bestQuality = 0;
        foreach (var range in wanted)
        {
            var quality = range.Quality ?? 1;
            if (quality > bestQuality && Match(range, given) is { } match)
                (best, bestQuality) = (match, quality);
        }

        return best ?? throw Refusal.UnsupportedMedia($"Accept must allow one of: {string.Join(", ", given!)}.", Reasons.NotAcceptable);
    }

    private static string? Match(MediaTypeHeaderValue range, ReadOnlySpan<string> given)
    {
        foreach (var candidate in given)
        {
            if (range.MatchesAllTypes
                || range.MediaType.Equals(candidate, StringComparison.OrdinalIgnoreCase)
                || (range.MatchesAllSubTypes && candidate.AsSpan().StartsWith(range.Type.AsSpan(), StringComparison.OrdinalIgnoreCase) && candidate[range.Type.Length] == '/'))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Can the request have a body? Asked where one is optional.</summary>
    public static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
}
