using System.Buffers;
using System.Text.Json;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>Reads the bodies of commands, strictly.</summary>
internal static class CommandReader
{
    /// <summary><c>{"before":12}</c>.</summary>
    public static long Trim(in ReadOnlySequence<byte> body)
    {
        var reader = Open(body);
        long? before = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            before = JsonFields.Is(ref reader, "before"u8) && before is null
                ? JsonFields.Position(ref reader, "before")
                : throw Refusal.BadRequest("The body has the one member before.");
        }

        reader.Read();
        return before ?? throw Refusal.BadRequest("The body has the member before.");
    }

    /// <summary><c>{"token":"a","expected":"b"}</c>; expected is optional.</summary>
    public static (string Token, string? Expected) Fence(in ReadOnlySequence<byte> body)
    {
        var reader = Open(body);
        string? token = null;
        string? expected = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonFields.Is(ref reader, "token"u8) && token is null)
                token = Conditions.Token(JsonFields.Text(ref reader, "token"));
            else if (JsonFields.Is(ref reader, "expected"u8) && expected is null)
                expected = Conditions.Token(JsonFields.Text(ref reader, "expected"));
            else
                throw Refusal.BadRequest("The body has a member given twice, or other than token and expected.");
        }

        reader.Read();
        return (token ?? throw Refusal.BadRequest("The body has the member token."), expected);
    }

    /// <summary><c>{}</c>.</summary>
    public static void Empty(in ReadOnlySequence<byte> body)
    {
        var reader = Open(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.EndObject)
            throw Refusal.BadRequest("The body has no members.");

        reader.Read();
    }

    private static Utf8JsonReader Open(in ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(ByteOrderMark.Skip(body));
        reader.Read();
        return reader.TokenType == JsonTokenType.StartObject ? reader : throw Refusal.BadRequest("The body is a JSON object.");
    }
}
