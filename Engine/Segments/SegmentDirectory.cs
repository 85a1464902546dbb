using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>Which runs a segment holds (docs/FORMAT.md §11): for those who look at a segment without knowing who names it.</summary>
internal static class SegmentDirectory
{
    /// <summary>The bytes of a directory.</summary>
    public static byte[] Write(IReadOnlyList<SegmentRun> runs)
    {
        var bytes = new byte[runs.Count * SegmentFormat.DirectoryEntryLength];
        var writer = new SpanWriter(bytes);
        foreach (var (stream, run) in runs)
        {
            writer.StreamId(stream);
            writer.Int32(run.Offset);
            writer.Int32(run.Length);
            writer.Int64(run.First);
            writer.Int64(run.End);
            writer.Int64(run.FirstTimestamp);
            writer.Int64(run.LastTimestamp);
            writer.Int64(run.Bytes);
        }

        return bytes;
    }

    /// <summary>Length of the directory of a segment whose end was read, bounded by <see cref="SegmentFormat.MaxRuns"/>.</summary>
    public static int LengthOf(in BlobEnd end)
    {
        var length = end.Length - BlobEnd.Size - end.DirectoryOffset;
        return end.Count <= SegmentFormat.MaxRuns && length == end.Count * SegmentFormat.DirectoryEntryLength
            ? (int)length
            : throw StoreFormat.Incoherent($"A directory of {end.Count} runs cannot have {length} bytes");
    }

    /// <summary>Reads a directory, which begins at <see cref="BlobEnd.DirectoryOffset"/>. The runs follow each other without a gap, from the header to the directory.</summary>
    public static SegmentRun[] Read(ReadOnlySpan<byte> source, in BlobPlace place, in BlobEnd end)
    {
        StoreFormat.RequireLength(source.Length, LengthOf(end), "a directory");
        if (BlobEnd.ChecksumOf(source, place, end.DirectoryOffset) != end.DirectoryChecksum)
            throw new StoreFormatException(StoreFault.ChecksumMismatch, "The checksum of a segment's directory does not hold.");

        var reader = new SpanReader(source);
        var runs = new SegmentRun[end.Count];
        long offset = StoreFormat.HeaderLength;
        foreach (ref var run in runs.AsSpan())
        {
            var stream = reader.StreamId();
            run = new SegmentRun(
                stream,
                new SegmentRef(place.Blob, reader.Int32(), reader.Int32(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64()));
            if (run.Ref.Offset != offset || !RunTable.IsPlausible(run.Ref))
                throw StoreFormat.Incoherent($"The run of stream {stream} at {run.Ref.Offset} cannot be there");

            offset += run.Ref.Length;
        }

        return offset == end.DirectoryOffset ? runs : throw StoreFormat.Incoherent("The runs of a segment do not end where its directory begins");
    }
}
