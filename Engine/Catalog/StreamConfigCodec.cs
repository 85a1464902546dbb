using System.Collections.Immutable;
using System.Text;
using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Catalog;

/// <summary>The bytes of a stream's configuration (docs/FORMAT.md §8).</summary>
internal static class StreamConfigCodec
{
    /// <summary>Longest encoding: 32 labels of twice 256 characters, each at most 3 bytes of UTF-8.</summary>
    public const int MaxLength = FixedLength + RetentionLength + LeadLength + (Limits.Labels * (4 + (2 * MaxLabelBytes)));

    private const int FixedLength = 2 + 4 + 8 + 2;
    private const int RetentionLength = 3 * 8;
    private const int LeadLength = 8;

    // A configuration is written in the first layout that can say it, so that a directory that does not use the later ones can still be read by earlier versions.
    private const int Layout = 1;
    private const int LayoutWithRetention = 2;
    private const int LayoutWithLead = 3;
    private const int MaxLabelBytes = 3 * Limits.LabelLength;

    // Throws on a lone surrogate instead of storing something else than what was given.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static int Measure(StreamConfig config)
    {
        var length = FixedLength + LayoutOf(config) switch
        {
            Layout => 0,
            LayoutWithRetention => RetentionLength,
            _ => RetentionLength + LeadLength,
        };
        foreach (var (name, value) in config.Labels)
            length += 4 + Utf8.GetByteCount(name) + Utf8.GetByteCount(value);

        return length;
    }

    public static void Write(StreamConfig config, ref SpanWriter writer)
    {
        var layout = LayoutOf(config);
        writer.UInt16(layout);
        writer.Int32(config.MaxRecordBytes);
        writer.Int64(config.ProducerExpiry.Ticks);
        if (layout >= LayoutWithRetention)
        {
            writer.Int64(config.RetentionAge?.Ticks ?? 0);
            writer.Int64(config.RetentionBytes ?? 0);
            writer.Int64(config.RetentionRecords ?? 0);
        }

        if (layout >= LayoutWithLead)
            writer.Int64(config.TimestampLead.Ticks);

        writer.UInt16(config.Labels.Count);
        foreach (var (name, value) in config.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            var (nameLength, valueLength) = (Utf8.GetByteCount(name), Utf8.GetByteCount(value));
            writer.UInt16(nameLength);
            writer.UInt16(valueLength);
            Utf8.GetBytes(name, writer.Take(nameLength));
            Utf8.GetBytes(value, writer.Take(valueLength));
        }
    }

    public static StreamConfig Read(ref SpanReader reader)
    {
        var layout = reader.UInt16();
        if (layout is < Layout or > LayoutWithLead)
            throw new InvalidDataException($"A configuration has layout {layout}; this version knows {Layout} to {LayoutWithLead}.");

        var config = new StreamConfig
        {
            MaxRecordBytes = reader.Int32(),
            ProducerExpiry = new TimeSpan(reader.Int64()),
        };
        if (layout >= LayoutWithRetention)
        {
            config = config with
            {
                RetentionAge = Bound(ref reader) is { } ticks ? new TimeSpan(ticks) : null,
                RetentionBytes = Bound(ref reader),
                RetentionRecords = Bound(ref reader),
            };
        }

        if (layout >= LayoutWithLead)
            config = config with { TimestampLead = new TimeSpan(reader.Int64()) };

        config = config with { Labels = ReadLabels(ref reader) };
        try
        {
            config.Validate();
        }
        catch (LogException error)
        {
            throw new InvalidDataException($"A stored configuration is not valid: {error.Message}", error);
        }

        return config;
    }

    private static int LayoutOf(StreamConfig config) =>
        config.TimestampLead != StreamConfig.Default.TimestampLead ? LayoutWithLead
        : config.HasRetention ? LayoutWithRetention
        : Layout;

    // 0 is no bound; what is negative fails the validation.
    private static long? Bound(ref SpanReader reader) => reader.Int64() is not 0 and var value ? value : null;

    private static ImmutableSortedDictionary<string, string> ReadLabels(ref SpanReader reader)
    {
        var count = reader.UInt16();
        if (count > Limits.Labels)
            throw new InvalidDataException($"A configuration has {count} labels; at most {Limits.Labels} are possible.");

        var labels = StreamConfig.Default.Labels.ToBuilder();
        for (var i = 0; i < count; i++)
        {
            var (nameLength, valueLength) = (reader.UInt16(), reader.UInt16());
            if (nameLength > MaxLabelBytes || valueLength > MaxLabelBytes)
                throw new InvalidDataException("A label is longer than possible.");

            labels[Text(reader.Take(nameLength))] = Text(reader.Take(valueLength));
        }

        return labels.ToImmutable();
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException("A label is not UTF-8.", error);
        }
    }
}
