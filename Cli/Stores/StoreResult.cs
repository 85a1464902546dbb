using Orleans.Log.Engine;

namespace Orleans.Log.Cli.Stores;

/// <summary>What is in a blob store; with --json exactly this.</summary>
internal sealed record StoreResult
{
    /// <summary>The directory.</summary>
    public required string Blobs { get; init; }

    /// <summary>Something that a root names is missing or does not verify.</summary>
    public required bool Damaged { get; init; }

    /// <summary>Identity of the store; absent if it cannot be read.</summary>
    public Guid? StoreId { get; init; }

    /// <summary>Nodes that have used it.</summary>
    public required int Nodes { get; init; }

    /// <summary>Streams that have a root.</summary>
    public required int Streams { get; init; }

    /// <summary>Snapshots that were verified.</summary>
    public required long Snapshots { get; init; }

    /// <summary>Segments that were read and verified.</summary>
    public required long Segments { get; init; }

    /// <summary>Their bytes.</summary>
    public required long SegmentBytes { get; init; }

    /// <summary>Blobs that nothing names: left by attempts that failed, or not swept yet.</summary>
    public required long Orphans { get; init; }

    /// <summary>Time that it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>What is wrong.</summary>
    public required IReadOnlyList<StoreFinding> Findings { get; init; }

    public static StoreResult Of(string blobs, StoreInspection found, TimeSpan time) => new()
    {
        Blobs = blobs,
        Damaged = found.Findings.Count > 0,
        StoreId = found.StoreId,
        Nodes = found.Nodes,
        Streams = found.Streams,
        Snapshots = found.Snapshots,
        Segments = found.Segments,
        SegmentBytes = found.SegmentBytes,
        Orphans = found.Orphans,
        Seconds = Math.Round(time.TotalSeconds, 3),
        Findings = found.Findings,
    };
}
