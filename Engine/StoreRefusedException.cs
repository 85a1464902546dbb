namespace Orleans.Log.Engine;

/// <summary>Why a node does not work with a blob store.</summary>
public enum StoreProblem
{
    /// <summary>The data directory is bound to another store, or the store is not one of this software.</summary>
    OtherStore,

    /// <summary>The node was replaced by one that was restored from the store.</summary>
    Retired,

    /// <summary>The store knows more of the node than the data directory does: the directory is an old copy, or its end was lost.</summary>
    DirectoryIsOld,

    /// <summary>The data directory knows of more in the store than there is: the store was set back to an earlier state.</summary>
    StoreIsOld,

    /// <summary>The data directory is empty, and the store has streams of a node that is not known to be gone.</summary>
    NeedsRestore,

    /// <summary>The data directory is that of a restore that was not finished.</summary>
    RestoreUnfinished,

    /// <summary>Something in the store is missing or does not verify.</summary>
    Damaged,

    /// <summary>The store was written by a newer version.</summary>
    NewerVersion,

    /// <summary>The store cannot be reached, and the start cannot do without it.</summary>
    Unreachable,

    /// <summary>There is nothing in the store that could be restored.</summary>
    NothingToRestore,

    /// <summary>More than one node could be restored, and the request does not say which.</summary>
    Ambiguous,

    /// <summary>A restore needs an empty data directory, or one of a restore that was begun.</summary>
    NotEmpty,
}

/// <summary>A node, or a restore, does not work with this blob store and this data directory. The message says what to do; nothing of either was changed that another try would not change again.</summary>
public sealed class StoreRefusedException(StoreProblem problem, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why.</summary>
    public StoreProblem Problem { get; } = problem;

    /// <summary>The streams that stand in the way of a restore, by name; empty if it is not about streams.</summary>
    public IReadOnlyList<UnrestoredStream> Streams { get; init; } = [];
}
