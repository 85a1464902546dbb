using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// The bytes of a list of segments (docs/FORMAT.md §13). Differences as varints, since ten thousand quiet streams write such a list with every
/// snapshot: about 22 bytes for a segment instead of 72.
/// </summary>
internal static class SegmentRefCodec
{
    private const int Varints = 9;

    /// <summary>Bytes that a list of so many needs at most.</summary>
    public static int MaxLength(int count) => 2 * Varint.MaxLength + count * (16 + Varints * Varint.MaxLength);

    /// <summary>Writes a list.</summary>
    public static void Write(ReadOnlySpan<SegmentRef> refs, ref SpanWriter writer)
    {
        var nodes = new List<Guid>();
        foreach (ref readonly var run in refs)
        {
            if (!nodes.Contains(run.Blob.Node))
                nodes.Add(run.Blob.Node);
        }

        Varint.Write(ref writer, refs.Length);
        Varint.Write(ref writer, nodes.Count);
        foreach (var node in nodes)
            writer.Id(node);

        var (end, timestamp) = (0L, 0L);
        foreach (ref readonly var run in refs)
        {
            Varint.Write(ref writer, nodes.IndexOf(run.Blob.Node));
            Varint.Write(ref writer, run.Blob.Attempt);
            Varint.Write(ref writer, run.Offset);
            Varint.Write(ref writer, run.Length);
            Varint.Write(ref writer, run.First - end);
            Varint.Write(ref writer, run.End - run.First);
            Varint.Write(ref writer, run.FirstTimestamp - timestamp);
            Varint.Write(ref writer, run.LastTimestamp - run.FirstTimestamp);
            Varint.Write(ref writer, run.Bytes);
            (end, timestamp) = (run.End, run.LastTimestamp);
        }
    }

    /// <summary>Reads a list of at most so many. Anything that cannot be is an <see cref="InvalidDataException"/>.</summary>
    public static SegmentRef[] Read(ref SpanReader reader, int most)
    {
        var count = Varint.ReadInt32(ref reader);
        var nodeCount = Varint.ReadInt32(ref reader);

        // A segment takes 9 bytes at least, so what is left bounds the count, too.
        if (count > most || nodeCount > count || (long)nodeCount * 16 + (long)count * Varints > reader.Left)
            throw new InvalidDataException($"A list of {count} segments by {nodeCount} nodes cannot be.");

        var nodes = new Guid[nodeCount];
        foreach (ref var node in nodes.AsSpan())
            node = reader.Id();

        var refs = new SegmentRef[count];
        var (end, timestamp) = (0L, 0L);
        foreach (ref var run in refs.AsSpan())
        {
            run = Read(ref reader, nodes, end, timestamp);
            if (!RunTable.IsPlausible(run) || run.First < end || run.FirstTimestamp < timestamp)
                throw new InvalidDataException($"A segment from {run.First} to {run.End} cannot be.");

            (end, timestamp) = (run.End, run.LastTimestamp);
        }

        return refs;
    }

    private static SegmentRef Read(ref SpanReader reader, Guid[] nodes, long end, long timestamp)
    {
        var node = Varint.ReadInt32(ref reader);
        var blob = new BlobId(node < nodes.Length ? nodes[node] : throw new InvalidDataException("A segment names no node."), Varint.Read(ref reader));
        var (offset, length) = (Varint.ReadInt32(ref reader), Varint.ReadInt32(ref reader));

        // A sum that runs over is negative, or below the one before, which the caller refuses.
        var first = unchecked(end + Varint.Read(ref reader));
        var last = unchecked(first + Varint.Read(ref reader));
        var firstTimestamp = unchecked(timestamp + Varint.Read(ref reader));
        return new SegmentRef(blob, offset, length, first, last, firstTimestamp, unchecked(firstTimestamp + Varint.Read(ref reader)), Varint.Read(ref reader));
    }
}
