using System.Globalization;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>Numbers in URLs and headers: decimal digits and nothing else, within bounds, or <see cref="LogErrorCode.BadRequest"/>.</summary>
internal static class Numbers
{
    public static long Parse(ReadOnlySpan<char> text, string name, long min, long max)
    {
        // Sixteen digits hold 2^53-1; a longer run is out of range, however it parses.
        if (text.Length is 0 or > 16
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || value < min
            || value > max)
        {
            throw Refusal.BadRequest($"{name} must be a decimal number between {min} and {max}.");
        }

        return value;
    }
}
