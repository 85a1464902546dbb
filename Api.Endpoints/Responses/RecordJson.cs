using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>
/// Writes records as JSON. What cannot be given in the form that was asked for comes in the next one that can hold it: json that is not
/// JSON, or that some parsers refuse, as text, text that is not UTF-8 as base64. Never a line break between tokens, so that a record is one line.
/// </summary>
internal static class RecordJson
{
    /// <summary>Bytes are checked before they are written; and nosniff keeps browsers from taking JSON for HTML, so nothing needs escaping for them.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText Lsn = JsonEncodedText.Encode("lsn");
    private static readonly JsonEncodedText Timestamp = JsonEncodedText.Encode("timestamp");
    private static readonly JsonEncodedText Headers = JsonEncodedText.Encode("headers");
    private static readonly JsonEncodedText Text = JsonEncodedText.Encode("text");
    private static readonly JsonEncodedText Base64 = JsonEncodedText.Encode("base64");
    private static readonly JsonEncodedText Json = JsonEncodedText.Encode("json");

    public static void Write(Utf8JsonWriter writer, in LogRecord record, PayloadForm form)
    {
        writer.WriteStartObject();
        writer.WriteNumber(Lsn, record.Lsn);
        writer.WriteNumber(Timestamp, record.Timestamp);
        if (!record.Headers.IsEmpty)
            WriteHeaders(writer, record.Headers.Span);

        WritePayload(writer, record.Payload.Span, form);
        writer.WriteEndObject();
    }

    private static void WritePayload(Utf8JsonWriter writer, ReadOnlySpan<byte> payload, PayloadForm form)
    {
        if (form == PayloadForm.Base64 || !Utf8.IsValid(payload))
            writer.WriteBase64String(Base64, payload);
        else if (form == PayloadForm.Json && StrictJson.Is(payload))
            WriteJson(writer, payload);
        else
            writer.WriteString(Text, payload);
    }

    private static void WriteHeaders(Utf8JsonWriter writer, ReadOnlySpan<RecordHeader> headers)
    {
        writer.WriteStartArray(Headers);
        foreach (ref readonly var header in headers)
        {
            writer.WriteStartArray();
            WriteHeaderPart(writer, header.Name.Span);
            WriteHeaderPart(writer, header.Value.Span);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static void WriteHeaderPart(Utf8JsonWriter writer, ReadOnlySpan<byte> part)
    {
        if (Utf8.IsValid(part))
        {
            writer.WriteStringValue(part);
            return;
        }

        writer.WriteStartObject();
        writer.WriteBase64String(Base64, part);
        writer.WriteEndObject();
    }

    // Line breaks can stand only between the tokens of valid JSON, where a space does as well.
    private static void WriteJson(Utf8JsonWriter writer, ReadOnlySpan<byte> payload)
    {
        writer.WritePropertyName(Json);
        if (payload.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            writer.WriteRawValue(payload, skipInputValidation: true);
            return;
        }

        var line = ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(line);
        var span = line.AsSpan(0, payload.Length);
        span.Replace((byte)'\n', (byte)' ');
        span.Replace((byte)'\r', (byte)' ');
        writer.WriteRawValue(span, skipInputValidation: true);
        ArrayPool<byte>.Shared.Return(line);
    }
}
