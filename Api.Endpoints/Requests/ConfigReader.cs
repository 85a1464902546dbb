using System.Buffers;
using System.Text.Json;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>What a body asks of a configuration.</summary>
/// <param name="Patch">What to set.</param>
/// <param name="DropLabels">Merge patch only: all labels go, but for those in the patch.</param>
internal readonly record struct ConfigChange(StreamConfigPatch Patch, bool DropLabels);

/// <summary>
/// Reads a configuration, strictly. In a merge patch (RFC 7396) null takes a member away: a setting goes back to its default, a label
/// disappears. Elsewhere null is refused.
/// </summary>
internal static class ConfigReader
{
    public static ConfigChange Read(in ReadOnlySequence<byte> body, bool mergePatch)
    {
        var reader = new Utf8JsonReader(ByteOrderMark.Skip(body));
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refusal.BadRequest("A configuration is a JSON object.");

        int? maxRecordBytes = null;
        TimeSpan? expiry = null;
        TimeSpan? lead = null;
        BoundChange<TimeSpan> retentionAge = default;
        BoundChange<long> retentionBytes = default;
        BoundChange<long> retentionRecords = default;
        Dictionary<string, string?>? labels = null;
        var dropLabels = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonFields.Is(ref reader, "max_record_bytes"u8) && maxRecordBytes is null)
            {
                maxRecordBytes = IsNull(reader, mergePatch)
                    ? Skipped(ref reader, StreamConfig.Default.MaxRecordBytes)
                    : (int)JsonFields.Number(ref reader, "max_record_bytes", 1, Limits.RecordBytes);
            }
            else if (JsonFields.Is(ref reader, "producer_expiry_seconds"u8) && expiry is null)
            {
                expiry = IsNull(reader, mergePatch)
                    ? Skipped(ref reader, StreamConfig.Default.ProducerExpiry)
                    : TimeSpan.FromSeconds(JsonFields.Number(ref reader, "producer_expiry_seconds", 60, 31_536_000));
            }
            else if (JsonFields.Is(ref reader, "timestamp_lead_seconds"u8) && lead is null)
            {
                lead = IsNull(reader, mergePatch)
                    ? Skipped(ref reader, StreamConfig.Default.TimestampLead)
                    : TimeSpan.FromSeconds(JsonFields.Number(ref reader, "timestamp_lead_seconds", 0, (long)Limits.TimestampLeadMax.TotalSeconds));
            }
            else if (JsonFields.Is(ref reader, "retention_age_seconds"u8) && !retentionAge.IsChange)
            {
                var seconds = Bound(
                    ref reader, mergePatch, "retention_age_seconds", (long)Limits.RetentionAgeMin.TotalSeconds, (long)Limits.RetentionAgeMax.TotalSeconds);
                retentionAge = BoundChange.To(seconds is { } age ? TimeSpan.FromSeconds(age) : (TimeSpan?)null);
            }
            else if (JsonFields.Is(ref reader, "retention_bytes"u8) && !retentionBytes.IsChange)
            {
                retentionBytes = BoundChange.To(Bound(ref reader, mergePatch, "retention_bytes", 1, Limits.Position));
            }
            else if (JsonFields.Is(ref reader, "retention_records"u8) && !retentionRecords.IsChange)
            {
                retentionRecords = BoundChange.To(Bound(ref reader, mergePatch, "retention_records", 1, Limits.Position));
            }
            else if (JsonFields.Is(ref reader, "labels"u8) && labels is null)
            {
                dropLabels = IsNull(reader, mergePatch);
                labels = dropLabels ? Skipped(ref reader, new Dictionary<string, string?>(StringComparer.Ordinal)) : Labels(ref reader, mergePatch);
            }
            else
            {
                throw Refusal.BadRequest(
                    "A configuration has a member given twice, or other than max_record_bytes, producer_expiry_seconds, timestamp_lead_seconds, "
                    + "retention_age_seconds, retention_bytes, retention_records and labels.");
            }
        }

        reader.Read();
        return new ConfigChange(
            new StreamConfigPatch
            {
                MaxRecordBytes = maxRecordBytes,
                ProducerExpiry = expiry,
                TimestampLead = lead,
                RetentionAge = retentionAge,
                RetentionBytes = retentionBytes,
                RetentionRecords = retentionRecords,
                Labels = labels,
            },
            dropLabels);
    }

    // Null, which stands only in a merge patch, is the bound's default: none.
    private static long? Bound(ref Utf8JsonReader reader, bool mergePatch, string name, long min, long max) =>
        IsNull(reader, mergePatch) ? Skipped<long?>(ref reader, null) : JsonFields.Number(ref reader, name, min, max);

    // The reader is taken by value: this looks ahead only.
    private static bool IsNull(Utf8JsonReader reader, bool mergePatch) =>
        mergePatch && reader.Read() && reader.TokenType == JsonTokenType.Null;

    private static T Skipped<T>(ref Utf8JsonReader reader, T value)
    {
        reader.Read();
        return value;
    }

    private static Dictionary<string, string?> Labels(ref Utf8JsonReader reader, bool mergePatch)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refusal.BadRequest("labels is an object of strings.");

        var labels = new Dictionary<string, string?>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonFields.Unescaped(ref reader, "The name of a label");
            var value = IsNull(reader, mergePatch) ? Skipped<string?>(ref reader, null) : JsonFields.Text(ref reader, "The value of a label");
            if (!labels.TryAdd(name, value))
                throw Refusal.BadRequest("A label is given twice.");
            if (labels.Count > 2 * Limits.Labels)
                throw Refusal.BadRequest($"A stream has at most {Limits.Labels} labels.");
        }

        return labels;
    }
}
