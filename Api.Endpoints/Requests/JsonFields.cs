using System.Text.Json;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>Values of JSON members, strictly: the reader stands on the member's name and afterwards on its value.</summary>
internal static class JsonFields
{
    /// <summary>Does the reader stand on a member of that name? A name that is no text, such as half of a surrogate pair, is none.</summary>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueTextEquals(name);

        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public static long Position(ref Utf8JsonReader reader, string name) => Number(ref reader, name, 0, Limits.Position);

    public static long Number(ref Utf8JsonReader reader, string name, long min, long max)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= min && value <= max
            ? value
            : throw Refusal.BadRequest($"{name} must be a whole number between {min} and {max}.");
    }

    public static string Text(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            throw Refusal.BadRequest($"{name} must be a string.");

        return Unescaped(ref reader, name);
    }

    /// <summary>The string or member name that the reader stands on.</summary>
    public static string Unescaped(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refusal.BadRequest($"{name} is not valid UTF-8, or has half of a surrogate pair.");
        }
    }
}
