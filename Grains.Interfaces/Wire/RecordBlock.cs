using System.Buffers;

namespace Orleans.Log.Grains.Wire;

/// <summary>
/// Records as they travel between silos: their bytes one after the other in one array, and beside it what divides them. So a batch of any size is a handful of objects, and what it says is checked in
/// one place, when it is opened. Immutable once it is sent.
/// </summary>
[GenerateSerializer]
[Immutable]
[Alias("olog.records.v1")]
public sealed class RecordBlock
{
    /// <summary>Stands for a record without a timestamp of its own. No record may have it.</summary>
    internal const long NoTimestamp = long.MinValue;

    /// <summary>For each record in order its headers (name, value, name, value …) and then its payload.</summary>
    [Id(0)]
    internal byte[] Bytes { get; init; } = [];

    /// <summary>Payload lengths, one for each record.</summary>
    [Id(1)]
    internal int[] Payloads { get; init; } = [];

    /// <summary>Timestamps, one for each record; null if none has one.</summary>
    [Id(2)]
    internal long[]? Timestamps { get; init; }

    /// <summary>Numbers of headers, one for each record; null if none has any.</summary>
    [Id(3)]
    internal int[]? HeaderCounts { get; init; }

    /// <summary>Lengths of name and value of every header, in order; null if there are none.</summary>
    [Id(4)]
    internal int[]? HeaderLengths { get; init; }

    /// <summary>Number of records.</summary>
    public int Count => Payloads.Length;

    /// <summary>Bytes of all headers and payloads.</summary>
    public int ByteCount => Bytes.Length;

    /// <summary>The batch, which refers to the block's bytes. Throws <see cref="LogException"/> if the block's lengths do not fit its bytes.</summary>
    public RecordBatch ToBatch() => RecordBlockReader.ToBatch(this);

    /// <summary>A copy of a batch.</summary>
    public static RecordBlock Of(in RecordBatch batch)
    {
        var writer = new RecordBlockWriter();
        for (var i = 0; i < batch.Count; i++)
            writer.Measure(batch[i].Payload.Length, batch[i].Headers.Span, batch[i].Timestamp);

        writer.Allocate();
        for (var i = 0; i < batch.Count; i++)
            writer.Write(batch[i].Payload, batch[i].Headers.Span, batch[i].Timestamp);

        return writer.ToBlock();
    }

    /// <summary>A copy of what a page holds.</summary>
    internal static RecordBlock Of(ReadOnlySpan<LogRecord> records)
    {
        var writer = new RecordBlockWriter();
        foreach (ref readonly var record in records)
            writer.Measure(record.Payload.Length, record.Headers.Span, record.Timestamp);

        writer.Allocate();
        foreach (ref readonly var record in records)
            writer.Write(new ReadOnlySequence<byte>(record.Payload), record.Headers.Span, record.Timestamp);

        return writer.ToBlock();
    }
}
