using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>Reads the records of a snapshot from memory. Every failure is a <see cref="CheckpointException"/> or an <see cref="InvalidDataException"/>.</summary>
internal sealed class SnapshotReader(ReadOnlyMemory<byte> body) : RecordReader
{
    private int _at;

    /// <summary>All of it.</summary>
    public Snapshot Read()
    {
        var record = Record(out var kind, out _);
        if (kind != CheckpointKind.Stream)
            throw Incoherent($"a record of kind {kind} where a stream should begin");

        var stream = ReadStream(record);
        record = Record(out kind, out _);
        if (kind != CheckpointKind.Segments || _at != body.Length || stream.Entry is null)
            throw Incoherent($"a record of kind {kind} where the segments of a stream with a name should end it");

        var reader = new SpanReader(record);
        var older = SectionRef.Read(ref reader);
        var list = new SegmentList(older, SegmentRefCodec.Read(ref reader, SegmentList.MaxRecent));
        reader.End();
        if (stream.State.Offloaded != stream.State.Tail || list.End > stream.State.Tail || (older is { } section && !list.Refs.IsEmpty && !PackItem.Precedes(section, list.Refs[0])))
            throw Incoherent($"segments to {list.End} and {stream.State.Offloaded} offloaded where the snapshot is of {stream.State.Tail}");

        return new Snapshot(stream, list);
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Look(int count) =>
        count <= body.Length - _at
            ? body.Span.Slice(_at, count)
            : throw new CheckpointException(CheckpointFault.Truncated, $"{Where()}: it ends in the middle.");

    /// <inheritdoc/>
    protected override void Take(int count) => _at += count;

    /// <inheritdoc/>
    protected override string Where() => $"Snapshot at offset {_at}";
}
