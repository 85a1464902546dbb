namespace Orleans.Log.Grains.Nodes;

/// <summary>What a node is up to.</summary>
internal enum NodeStage
{
    /// <summary>At work, or died at work.</summary>
    Running,

    /// <summary>Stopped in order: its streams are away until it is started again.</summary>
    Stopped,

    /// <summary>Its directory was lost, and another node goes on with its streams. Never at work again.</summary>
    Replaced,
}

/// <summary>One node of the cluster, as it says of itself: the value under its id in the cluster's metadata (docs/FORMAT.md). Changed by compare-and-swap only.</summary>
/// <param name="Node">The node: its data directory, wherever it is attached.</param>
/// <param name="Wal">The write-ahead log in that directory.</param>
/// <param name="Stage">What it is up to.</param>
/// <param name="Silo">Address of the silo that it is the node of, or was last.</param>
/// <param name="SiloName">That silo's name, for people.</param>
/// <param name="Renewal">Raised every time that the node says so: a number that moves shows a node at work, whatever the clocks say.</param>
/// <param name="At">When, in milliseconds since 1970 UTC; for people.</param>
/// <param name="Load">What it carries.</param>
internal sealed record NodeRecord(
    Guid Node,
    Guid Wal,
    NodeStage Stage,
    string Silo,
    string SiloName,
    long Renewal,
    long At,
    NodeLoad Load);

/// <summary>What a node carries.</summary>
/// <param name="Streams">Number of streams.</param>
/// <param name="WalBytes">What its write-ahead log takes on disk.</param>
/// <param name="WalBudgetBytes">What it may take; null if only the disk bounds it.</param>
/// <param name="LagBytes">Bytes of records in no published segment, about; null without a store.</param>
/// <param name="LagSeconds">Age of the oldest change that is not published; null if there is none.</param>
/// <param name="Ready">It takes appends.</param>
internal sealed record NodeLoad(int Streams, long WalBytes, long? WalBudgetBytes, long? LagBytes, double? LagSeconds, bool Ready);
