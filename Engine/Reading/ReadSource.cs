namespace Orleans.Log.Engine.Reading;

/// <summary>Where a record was when it was read.</summary>
internal enum ReadSource
{
    /// <summary>In a block that is kept in memory: what followers at the tail read.</summary>
    Tail,

    /// <summary>In a WAL file.</summary>
    Wal,

    /// <summary>In a segment of the blob store, wherever that was found.</summary>
    Blob,
}

/// <summary>Bytes by where they were read.</summary>
internal struct ReadSources
{
    /// <summary>Bytes from memory.</summary>
    public long Tail { get; private set; }

    /// <summary>Bytes from WAL files.</summary>
    public long Wal { get; private set; }

    /// <summary>Bytes from segments.</summary>
    public long Blob { get; private set; }

    /// <summary>All of them.</summary>
    public readonly long All => Tail + Wal + Blob;

    /// <summary>So many more.</summary>
    public void Add(ReadSource source, long bytes)
    {
        switch (source)
        {
            case ReadSource.Tail:
                Tail += bytes;
                break;
            case ReadSource.Wal:
                Wal += bytes;
                break;
            default:
                Blob += bytes;
                break;
        }
    }
}
