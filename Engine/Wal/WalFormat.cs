namespace Orleans.Log.Engine.Wal;

/// <summary>Constants of the WAL's formats (docs/FORMAT.md §2–5). Persisted: a change is a new version.</summary>
internal static class WalFormat
{
    /// <summary>Version of file headers, blocks and bodies that this code writes and knows.</summary>
    public const int Version = 1;

    /// <summary>Alignment of blocks and the unit of tearing that padding protects.</summary>
    public const int SectorBytes = 4096;

    /// <summary>1 MiB.</summary>
    public const int MiB = 1024 * 1024;

    /// <summary>Bytes of a block's header.</summary>
    public const int BlockHeaderBytes = 96;

    /// <summary>Bytes of a record's header.</summary>
    public const int EntryHeaderBytes = 72;

    /// <summary>Records start at multiples of this within a block.</summary>
    public const int EntryAlignment = 8;

    /// <summary>Most blocks in flight at once that a header may claim.</summary>
    public const int LargestInFlight = 16;

    /// <summary>Largest length of a block: one batch of the largest size (<see cref="Limits.BatchBytes"/>) and what frames it.</summary>
    public const int LargestBlock = Limits.BatchBytes + 64 * 1024;

    /// <summary>Largest body of one record: it must fit into a block of its own.</summary>
    public const int LargestBody = LargestBlock - BlockHeaderBytes - EntryHeaderBytes - EntryAlignment;

    /// <summary>Largest file: every offset, and what is added to it, fits into an int.</summary>
    public const int LargestFileMiB = 1024;

    /// <summary>Rounds up to a multiple of a sector.</summary>
    public static int PadToSector(int bytes) => (bytes + SectorBytes - 1) & ~(SectorBytes - 1);

    /// <summary>Rounds up to where the next record may start.</summary>
    public static int PadToEntry(int bytes) => (bytes + EntryAlignment - 1) & ~(EntryAlignment - 1);
}
