using static Orleans.Log.Engine.OptionRangeException;

namespace Orleans.Log.Engine;

/// <summary>How records that are in the blob store only are kept near.</summary>
public sealed class SegmentCacheOptions
{
    /// <summary>Memory for what was fetched, in bytes: 4 MiB to 64 GiB, 64 MiB by default. What is being read comes on top.</summary>
    public long MemoryBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Room in the data directory (<c>cache</c>) for what was fetched, in bytes: 0, the default, for none, or 16 MiB and more. Worth it where the store is far away.
    /// </summary>
    public long DiskBytes { get; set; }

    /// <summary>How far ahead of a reader that goes forward is fetched, in bytes: 0 for not at all, to 64 MiB; 4 MiB by default.</summary>
    public int ReadAheadBytes { get; set; } = 4 << 20;

    /// <summary>Most ranges that are fetched at once: 1 to 256, 16 by default. Each takes 1 MiB of memory, or as much as one batch.</summary>
    public int Fetches { get; set; } = 16;

    /// <summary>Throws <see cref="OptionRangeException"/>.</summary>
    public void Validate()
    {
        Check(MemoryBytes, "SegmentCache." + nameof(MemoryBytes), 4L << 20, 64L << 30);
        if (DiskBytes != 0)
            Check(DiskBytes, "SegmentCache." + nameof(DiskBytes), 16L << 20, 1L << 50);

        Check(ReadAheadBytes, "SegmentCache." + nameof(ReadAheadBytes), 0, 64 << 20);
        Check(Fetches, "SegmentCache." + nameof(Fetches), 1, 256);
    }
}
