namespace Orleans.Log.Engine.Wal;

/// <summary>What a scan of a WAL found; recovery acts on it, an inspection shows it.</summary>
internal sealed class WalScan
{
    /// <summary>Where writing would go on.</summary>
    public WalTail Tail { get; set; }

    /// <summary>Valid blocks.</summary>
    public long Blocks { get; set; }

    /// <summary>Valid blocks without records.</summary>
    public long Marks { get; set; }

    /// <summary>Bytes of valid blocks, padding included.</summary>
    public long Bytes { get; set; }

    /// <summary>Entries delivered.</summary>
    public long Entries { get; set; }

    /// <summary>Entries whose header holds and whose body does not.</summary>
    public long DamagedEntries { get; set; }

    /// <summary>Blocks that were acknowledged and do not verify, as far as they can be told apart.</summary>
    public long DamagedBlocks { get; set; }

    /// <summary>Where acknowledged records of unknown streams are lost.</summary>
    public List<WalRange> Damage { get; } = [];

    /// <summary>Block headers put right because a single bit was wrong.</summary>
    public int HeadersRepaired { get; set; }

    /// <summary>Blocks of which something lies behind the tail; none was acknowledged.</summary>
    public int CutBlocks { get; set; }

    /// <summary>Their bytes.</summary>
    public long CutBytes { get; set; }

    /// <summary>No record stands at or behind it.</summary>
    public WalPosition RecordsEnd { get; set; }

    /// <summary>What is known about the files.</summary>
    public WalExtents Extents { get; } = new();
}
