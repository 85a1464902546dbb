using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>What is to become of one stream's root.</summary>
/// <param name="Id">The stream.</param>
/// <param name="Root">The new root; null: it goes.</param>
/// <param name="IsWanted">Asked at the moment of the change, and again when it has to be made anew: a stream may have been deleted meanwhile.</param>
internal sealed record RootChange(StreamId Id, RootEntry? Root, Func<bool>? IsWanted = null)
{
    /// <summary>A root.</summary>
    public static RootChange Put(RootEntry root, Func<bool> isWanted) => new(root.Id, root, isWanted);

    /// <summary>The stream was deleted.</summary>
    public static RootChange Remove(StreamId id) => new(id, null);

    /// <summary>The page that has these changes, decided one by one; null if nothing is left to be changed. Throws <see cref="StoreRefusedException"/> if this node was replaced.</summary>
    public static RootPage? Apply(RootPage page, IReadOnlyList<RootChange> changes, ReplicaId self, long now)
    {
        if (page.IsRetired(self.Node))
            throw Fenced($"Node {self.Node} was replaced by one that was restored from the store.");

        var put = new List<RootEntry>();
        var remove = new List<StreamId>();
        foreach (var change in changes)
        {
            if (change.IsWanted?.Invoke() == false)
                continue;

            var verdict = change.Root is { } root ? PublishRule.Judge(page, self, root) : JudgeRemoval(page, self, change.Id);
            if (verdict == PublishVerdict.Fenced)
                throw Fenced($"The root of stream {change.Id} belongs to another replica, or to a later term of it.");

            if (verdict != PublishVerdict.Allowed)
                continue;

            if (change.Root is null)
                remove.Add(change.Id);
            else
                put.Add(change.Root);
        }

        return put.Count + remove.Count == 0 ? null : page.Change(now, put, remove);
    }

    private static PublishVerdict JudgeRemoval(RootPage page, in ReplicaId self, StreamId id) => page.Find(id) is { } present
        ? PublishRule.JudgeRemoval(page, self, id, present.Generation, present.Term)
        : PublishVerdict.AlreadyThere;

    private static StoreRefusedException Fenced(string why) => new(
        StoreProblem.Retired, why + " This one takes no more appends. What it has that the store does not have is in its data directory only: keep that, and do not start it again.");
}
