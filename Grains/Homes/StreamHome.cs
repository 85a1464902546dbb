using System.Text.Json.Serialization;

namespace Orleans.Log.Grains.Homes;

/// <summary>Where a stream stands in its life, as the whole cluster sees it.</summary>
internal enum StreamStage
{
    /// <summary>Its place is taken; whether its node has it is not known yet. Nobody was told that it exists.</summary>
    Creating,

    /// <summary>Its node has it.</summary>
    Ready,

    /// <summary>It is going: its node may have it still.</summary>
    Deleting,
}

/// <summary>Where one stream lives: the value under its name in the cluster's metadata (docs/FORMAT.md). Changed by compare-and-swap only.</summary>
/// <param name="Id">Identity of the stream, 32 hexadecimal digits.</param>
/// <param name="Node">The node that holds it.</param>
/// <param name="Wal">The write-ahead log on that node. A node whose disk was emptied is another replica.</param>
/// <param name="Stage">Where it stands.</param>
/// <param name="Generation">Number of the replica set.</param>
/// <param name="Term">Term of its last leader; 0 before the first.</param>
/// <param name="Head">Its head when that term began.</param>
/// <param name="Tail">Its tail when that term began.</param>
/// <param name="CreatedAt">When its place was taken, in milliseconds since 1970 UTC; for people.</param>
/// <param name="CreatedBy">The request that took it: one whose answer was lost and that is made again is told that it made the stream.</param>
internal sealed record StreamHome(
    string Id,
    Guid Node,
    Guid Wal,
    StreamStage Stage,
    int Generation,
    long Term,
    long Head,
    long Tail,
    long CreatedAt,
    Guid CreatedBy)
{
    /// <summary>The identity.</summary>
    [JsonIgnore]
    public StreamId StreamId { get; } = new(UInt128.Parse(Id, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>The home of a stream as it was read, with what a change of it depends on.</summary>
/// <param name="Name">The stream.</param>
/// <param name="Home">Where it lives.</param>
/// <param name="Version">Which value this was.</param>
internal sealed record FoundHome(StreamName Name, StreamHome Home, Engine.Metadata.MetadataVersion Version);
