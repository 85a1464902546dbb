using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Roots of one name and one owner. The root of a deleted stream goes when its turn comes, which may be after another stream got its name and was published; if the node is lost in between, both are
/// there.
/// </summary>
internal static class Namesakes
{
    /// <summary>
    /// The streams that were deleted, as far as roots tell: a name belongs to the stream that was captured last, since each capture of a stream stands in the owner's WAL before its deletion, and that before
    /// the creation of the next one. What a restore has taken over comes first, in no WAL.
    /// </summary>
    public static HashSet<StreamId> Superseded(IEnumerable<RootEntry> roots) =>
    [
        .. roots.GroupBy(static root => (root.Name, root.Owner))
            .SelectMany(static same => same.OrderByDescending(static root => root.AsOf.Value).Skip(1))
            .Select(static root => root.Id),
    ];
}
