using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>Numbers of the segment format (docs/FORMAT.md §11).</summary>
internal static class SegmentFormat
{
    /// <summary>Most runs of a segment: with that many the directory has 4 MiB.</summary>
    public const int MaxRuns = 65_536;

    /// <summary>A block ends behind the batch with which it reaches this length.</summary>
    public const int BlockTarget = 64 * 1024;

    /// <summary>Longest block: one batch of the largest size behind almost a whole block.</summary>
    public const int MaxBlockLength = BlockTarget - 1 + BatchHeaderLength + WalFormat.LargestBody;

    /// <summary>Header of a batch.</summary>
    public const int BatchHeaderLength = 28;

    /// <summary>A run's table without its blocks.</summary>
    public const int RunHeaderLength = 72;

    /// <summary>One block in a run's table.</summary>
    public const int BlockEntryLength = 28;

    /// <summary>One run in the directory.</summary>
    public const int DirectoryEntryLength = 64;

    /// <summary>The table of a run with so many blocks.</summary>
    public static int TableLength(int blocks) => RunHeaderLength + blocks * BlockEntryLength;

    /// <summary>
    /// Longest table that a run of a length can have, since every block but the last has <see cref="BlockTarget"/>: what a reader that has not seen the
    /// run yet has to fetch to have all of it.
    /// </summary>
    public static int MaxTableLength(int runLength) => Math.Min(runLength, TableLength(runLength / BlockTarget + 1));
}

/// <summary>One block in a run's table.</summary>
/// <param name="First">LSN of its first record.</param>
/// <param name="Timestamp">Timestamp of its first record.</param>
/// <param name="Offset">Offset behind the end of the table.</param>
/// <param name="Length">Its length.</param>
/// <param name="Checksum">Its checksum.</param>
internal readonly record struct BlockEntry(long First, long Timestamp, int Offset, int Length, uint Checksum)
{
    /// <summary>State of a block's checksum before its bytes.</summary>
    public static uint ChecksumStart(in BlobPlace place, StreamId stream, long first, int offset)
    {
        Span<byte> id = stackalloc byte[StreamId.Size];
        stream.WriteTo(id);
        return Crc32C.Add(Crc32C.Add(Crc32C.Add(place.State, id), (ulong)first), (uint)offset);
    }
}
