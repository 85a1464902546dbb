namespace Orleans.Log.Engine.Segments;

/// <summary>May a change of a root be written?</summary>
internal enum PublishVerdict
{
    /// <summary>Yes.</summary>
    Allowed,

    /// <summary>It stands there already: an earlier write whose outcome was not known has happened.</summary>
    AlreadyThere,

    /// <summary>It is behind what stands there, which this publisher wrote itself. It can be dropped.</summary>
    Behind,

    /// <summary>The stream is somebody else's now, or this node was replaced. It must not go on with it.</summary>
    Fenced,
}

/// <summary>
/// Who may change a root: its owner, in a generation and term that are not below what stands there, and forward only. Decided entry by entry
/// on the page as it was read, and made true by the compare-and-swap of that page.
/// </summary>
internal static class PublishRule
{
    /// <summary>May a publisher write this root?</summary>
    public static PublishVerdict Judge(RootPage page, in ReplicaId publisher, RootEntry wanted)
    {
        if (page.Find(wanted.Id) is not { } present)
            return page.IsRetired(publisher.Node) || wanted.Owner != publisher ? PublishVerdict.Fenced : PublishVerdict.Allowed;

        if (wanted.Owner != publisher || Judge(page, publisher, present, wanted.Generation, wanted.Term) != PublishVerdict.Allowed)
            return PublishVerdict.Fenced;

        if (present == wanted)
            return PublishVerdict.AlreadyThere;

        return wanted.Offloaded < present.Offloaded || wanted.Head < present.Head || (present.Sealed && !wanted.Sealed)
            ? PublishVerdict.Behind
            : PublishVerdict.Allowed;
    }

    /// <summary>May a publisher remove the root of a stream, which was deleted in its generation and term?</summary>
    public static PublishVerdict JudgeRemoval(RootPage page, in ReplicaId publisher, StreamId stream, int generation, long term)
    {
        if (page.IsRetired(publisher.Node))
            return PublishVerdict.Fenced;

        return page.Find(stream) is { } present ? Judge(page, publisher, present, generation, term) : PublishVerdict.AlreadyThere;
    }

    private static PublishVerdict Judge(RootPage page, in ReplicaId publisher, RootEntry present, int generation, long term) =>
        page.IsRetired(publisher.Node) || present.Owner != publisher || (present.Generation, present.Term).CompareTo((generation, term)) > 0
            ? PublishVerdict.Fenced
            : PublishVerdict.Allowed;
}
