using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Reads one record object: exactly one of text, base64 and json, and optionally headers and timestamp. Strict: a member that is not
/// known, or given twice, is refused, because ignoring it might change what is stored. Payloads are decoded once, into the batch's memory.
/// </summary>
internal static class JsonRecordReader
{
    private const string PairRule = "A header is a pair of strings, or of objects with one member base64.";

    /// <summary>Reads a record; the reader stands on its opening brace and afterwards on its closing one.</summary>
    /// <param name="reader">Over the whole of <paramref name="source"/>.</param>
    /// <param name="source">What the reader reads, for slices.</param>
    /// <param name="batch">Lends the memory that the record refers to.</param>
    public static AppendRecord Read(ref Utf8JsonReader reader, in ReadOnlySequence<byte> source, BatchBuilder batch)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refusal.BadRequest("A record is a JSON object.");

        ReadOnlyMemory<byte>? payload = null;
        ReadOnlyMemory<RecordHeader>? headers = null;
        long? timestamp = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonFields.Is(ref reader, "text"u8))
                payload = Once(payload, Text(ref reader, batch));
            else if (JsonFields.Is(ref reader, "base64"u8))
                payload = Once(payload, Base64Of(ref reader, batch));
            else if (JsonFields.Is(ref reader, "json"u8))
                payload = Once(payload, Raw(ref reader, source, batch));
            else if (JsonFields.Is(ref reader, "headers"u8))
                headers = headers is null ? Headers(ref reader, batch) : throw Refusal.BadRequest("headers is given twice.");
            else if (JsonFields.Is(ref reader, "timestamp"u8))
                timestamp = timestamp is null ? Timestamp(ref reader) : throw Refusal.BadRequest("timestamp is given twice.");
            else
                throw Refusal.BadRequest("A record has a member other than text, base64, json, headers and timestamp.");
        }

        if (payload is null)
            throw Refusal.BadRecord("A record has one of text, base64 and json.");

        return new AppendRecord(new ReadOnlySequence<byte>(payload.Value), headers ?? default, timestamp);
    }

    private static ReadOnlyMemory<byte> Once(ReadOnlyMemory<byte>? before, ReadOnlyMemory<byte> now) =>
        before is null ? now : throw Refusal.BadRecord("A record has only one of text, base64 and json.");

    private static Memory<byte> Text(ref Utf8JsonReader reader, BatchBuilder batch)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String
            ? batch.Bytes.Keep(Unescape(ref reader, batch))
            : throw Refusal.BadRecord("text is a string.");
    }

    private static Memory<byte> Base64Of(ref Utf8JsonReader reader, BatchBuilder batch)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            throw Refusal.BadRecord("base64 is a string.");

        var length = Unescape(ref reader, batch);
        var status = Base64.DecodeFromUtf8InPlace(batch.Bytes.Reserve(length).Span, out var written);
        return status == OperationStatus.Done ? batch.Bytes.Keep(written) : throw Refusal.BadRecord("base64 is not well-formed.");
    }

    // The value as it was sent, to the byte: a payload is not ours to normalize.
    private static Memory<byte> Raw(ref Utf8JsonReader reader, in ReadOnlySequence<byte> source, BatchBuilder batch)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        reader.Skip();
        var value = source.Slice(start, reader.BytesConsumed - start);
        var length = Bounded(value.Length, Limits.RecordBytes);
        var raw = batch.Bytes.Reserve(length).Span;
        value.CopyTo(raw);
        return Utf8.IsValid(raw) ? batch.Bytes.Keep(length) : throw Refusal.BadRecord("json is not valid UTF-8.");
    }

    private static long Timestamp(ref Utf8JsonReader reader)
    {
        reader.Read();
        var value = -1L;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value) && value is >= 0 and <= Limits.Position
            ? value
            : throw Refusal.BadRecord(
                $"timestamp is a number of milliseconds since 1970, from 0 to {Limits.Position}.{TimestampUnit.Hint(value > Limits.Position ? value : -1)}");
    }

    private static ReadOnlyMemory<RecordHeader> Headers(ref Utf8JsonReader reader, BatchBuilder batch)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Refusal.BadRecord("headers is an array of pairs.");

        var headers = batch.Headers.Reserve(Limits.HeadersPerRecord).Span;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == headers.Length)
                throw Refusal.TooLarge($"A record has at most {headers.Length} headers.", headers.Length, "headers");
            if (reader.TokenType != JsonTokenType.StartArray)
                throw Refusal.BadRecord(PairRule);

            var name = HeaderPart(ref reader, batch);
            var value = HeaderPart(ref reader, batch);
            reader.Read();
            if (reader.TokenType != JsonTokenType.EndArray)
                throw Refusal.BadRecord(PairRule);
            if (name.Length is 0 or > ushort.MaxValue)
                throw Refusal.BadRecord("The name of a header has 1 to 65535 bytes.");

            headers[count++] = new RecordHeader(name, value);
        }

        return batch.Headers.Keep(count);
    }

    private static Memory<byte> HeaderPart(ref Utf8JsonReader reader, BatchBuilder batch)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return batch.Bytes.Keep(Unescape(ref reader, batch));
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refusal.BadRecord(PairRule);

        reader.Read();
        if (reader.TokenType != JsonTokenType.PropertyName || !JsonFields.Is(ref reader, "base64"u8))
            throw Refusal.BadRecord(PairRule);

        var bytes = Base64Of(ref reader, batch);
        reader.Read();
        return reader.TokenType == JsonTokenType.EndObject ? bytes : throw Refusal.BadRecord(PairRule);
    }

    // Decodes the string into reserved memory that is not kept yet, and gives its length.
    private static int Unescape(ref Utf8JsonReader reader, BatchBuilder batch)
    {
        // An escape is at most six bytes for one, so a longer string cannot be a record.
        var encoded = Bounded(reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length, 6L * Limits.RecordBytes);
        try
        {
            return reader.CopyString(batch.Bytes.Reserve(encoded).Span);
        }
        catch (InvalidOperationException)
        {
            throw Refusal.BadRecord("A string is not valid UTF-8, or has half of a surrogate pair.");
        }
    }

    private static int Bounded(long length, long limit) => length <= limit
        ? (int)length
        : throw Refusal.TooLarge($"A record has at most {Limits.RecordBytes} bytes.", Limits.RecordBytes, "bytes");
}
