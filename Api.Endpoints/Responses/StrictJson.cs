using System.Buffers.Text;
using System.Text.Json;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>
/// Tells JSON that every parser reads from JSON that some refuse, because one such payload would make its whole page unreadable for
/// them: half of a surrogate pair is no text, and depth and numbers are bounded in many.
/// </summary>
internal static class StrictJson
{
    /// <summary>Deepest nesting. A page adds three levels, and parsers that bound the depth allow 64.</summary>
    public const int Depth = 60;

    /// <summary>Longest number, in bytes. Parsers that bound the length allow at least 1,000.</summary>
    public const int NumberBytes = 1_000;

    /// <summary>Whether the payload, which is valid UTF-8, is one value that every parser reads.</summary>
    public static bool Is(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = Depth });
        try
        {
            while (reader.Read())
            {
                if (!IsReadable(ref reader))
                    return false;
            }

            return reader.BytesConsumed > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsReadable(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String or JsonTokenType.PropertyName => !reader.ValueIsEscaped || PairsSurrogates(reader.ValueSpan),
        JsonTokenType.Number => reader.ValueSpan.Length <= NumberBytes && reader.TryGetDouble(out var number) && double.IsFinite(number),
        _ => true,
    };

    // The escapes are well-formed: the reader has seen them.
    private static bool PairsSurrogates(ReadOnlySpan<byte> text)
    {
        var isAfterHigh = false;
        for (var i = 0; i < text.Length;)
        {
            var unit = UnitAt(text[i..], out var length);
            if (isAfterHigh != char.IsLowSurrogate(unit))
                return false;

            isAfterHigh = char.IsHighSurrogate(unit);
            i += length;
        }

        return !isAfterHigh;
    }

    // The UTF-16 unit of an escape; of anything else, which is never half of a pair, any unit that is none either.
    private static char UnitAt(ReadOnlySpan<byte> text, out int length)
    {
        length = text[0] != '\\' ? 1 : text[1] != 'u' ? 2 : 6;
        return length == 6 && Utf8Parser.TryParse(text[2..6], out ushort unit, out _, 'x') ? (char)unit : default;
    }
}
