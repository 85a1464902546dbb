using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Terminal;

/// <summary>
/// Prints records: JSON objects, a table-like line for a person, or the payloads as they are. Not thread-safe.
/// </summary>
internal sealed class RecordPrinter(CliOutput output, bool raw)
{
    private readonly ArrayBufferWriter<byte> _line = new(4096);

    public void Print(in StoredRecord record)
    {
        if (output.Json)
        {
            PrintJson(record);
        }
        else if (raw)
        {
            output.WriteBytes(record.Payload.Span);
        }
        else if (output.IsTerminal)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{record.Lsn,10}  {Amounts.Time(record.Timestamp)}  {SafeText.Of(record.Payload.Span)}"));
        }
        else
        {
            output.WriteLine(record.Payload.Span);
        }
    }

    // The shape is that of the HTTP API (RecordBody); written by hand because a record may be a megabyte and there may be millions.
    private void PrintJson(in StoredRecord record)
    {
        _line.ResetWrittenCount();
        using var json = new Utf8JsonWriter(_line);
        json.WriteStartObject();
        json.WriteNumber("lsn", record.Lsn);
        json.WriteNumber("timestamp", record.Timestamp);
        if (Utf8.IsValid(record.Payload.Span))
            json.WriteString("text", record.Payload.Span);
        else
            json.WriteBase64String("base64", record.Payload.Span);

        var headers = record.Headers;
        if (headers.Count > 0)
        {
            json.WriteStartArray("headers");
            foreach (var header in headers)
            {
                json.WriteStartArray();
                WriteText(json, header.Name.Span);
                WriteText(json, header.Value.Span);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.Flush();
        output.WriteLine(_line.WrittenSpan);
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            json.WriteStringValue(bytes);
            return;
        }

        json.WriteStartObject();
        json.WriteBase64String("base64", bytes);
        json.WriteEndObject();
    }
}
