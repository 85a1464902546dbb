using System.Buffers;
using System.Text.Json;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>Reads a batch as one JSON document: records, and optionally expected_tail and fencing_token. As strict as the records are.</summary>
internal static class JsonBatchReader
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 64 };

    /// <summary>Reads the whole document and returns the conditions of headers and body together.</summary>
    public static AppendConditions Read(in ReadOnlySequence<byte> marked, BatchBuilder batch, in AppendConditions headers)
    {
        var body = ByteOrderMark.Skip(marked);
        var reader = new Utf8JsonReader(body, Strict);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refusal.BadRequest("A batch is a JSON object with the member records.");

        var seen = false;
        long? expectedTail = null;
        string? token = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonFields.Is(ref reader, "records"u8) && !seen)
            {
                seen = true;
                Records(ref reader, body, batch);
            }
            else if (JsonFields.Is(ref reader, "expected_tail"u8) && expectedTail is null)
            {
                expectedTail = JsonFields.Position(ref reader, "expected_tail");
            }
            else if (JsonFields.Is(ref reader, "fencing_token"u8) && token is null)
            {
                token = JsonFields.Text(ref reader, "fencing_token");
            }
            else
            {
                throw Refusal.BadRequest("A batch has a member given twice, or other than records, expected_tail and fencing_token.");
            }
        }

        reader.Read(); // Throws if anything follows.
        return seen ? headers.With(expectedTail, token) : throw Refusal.BadRequest("A batch has the member records.");
    }

    /// <summary>Reads one line of NDJSON.</summary>
    public static void ReadLine(in ReadOnlySequence<byte> line, BatchBuilder batch)
    {
        var reader = new Utf8JsonReader(line, Strict);
        reader.Read();
        var record = JsonRecordReader.Read(ref reader, line, batch);
        reader.Read(); // Throws if anything follows; only then does the record count.
        batch.Add(record);
    }

    private static void Records(ref Utf8JsonReader reader, in ReadOnlySequence<byte> body, BatchBuilder batch)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Refusal.BadRequest("records is an array.");

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            batch.Add(JsonRecordReader.Read(ref reader, body, batch));
    }
}
