namespace Orleans.Log.Api.Contracts;

/// <summary>A published snapshot: what a stream can be rebuilt from if its node's disk is lost.</summary>
public sealed record SnapshotBody
{
    /// <summary>It holds everything below.</summary>
    public long Lsn { get; init; }

    /// <summary>Term of the leader that made it.</summary>
    public long Term { get; init; }

    /// <summary>When it was published.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Stored bytes of the records from the head to <see cref="Lsn"/>: an estimate.</summary>
    public long Bytes { get; init; }
}

/// <summary>The snapshots of a stream.</summary>
public sealed record SnapshotListBody
{
    /// <summary>Newest first; at most 16. Empty without a blob store.</summary>
    public required IReadOnlyList<SnapshotBody> Snapshots { get; init; }
}
