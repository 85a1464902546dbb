namespace Orleans.Log.Engine.Offload;

/// <summary>
/// The steps on the way to the store, in their order, which is what makes it safe: nothing is given up here before a root names it, and no root names what was not read back. A step
/// that fails withholds all later ones. The suites throw before each, or kill the node there.
/// </summary>
internal enum OffloadStage
{
    /// <summary>Streams are captured.</summary>
    Cut,

    /// <summary>The WAL becomes durable up to the cuts, so that nothing is published that a crash could undo.</summary>
    Settle,

    /// <summary>Their records are read from the WAL and built into a segment.</summary>
    Collect,

    /// <summary>The segment is written.</summary>
    PutSegment,

    /// <summary>It is read back and compared.</summary>
    VerifySegment,

    /// <summary>The pack with the snapshots is written.</summary>
    PutPack,

    /// <summary>It is read back and compared.</summary>
    VerifyPack,

    /// <summary>A root page is replaced; once for each page of the round.</summary>
    Publish,

    /// <summary>The streams take note: what lies below is read from the store from here on.</summary>
    Mark,

    /// <summary>A checkpoint is asked for, which persists that and takes WAL files back.</summary>
    Reclaim,

    /// <summary>The node finds out whose store this is.</summary>
    ReadHeader,

    /// <summary>A root page of a new store is written; once for each.</summary>
    FormatPage,

    /// <summary>The header of a new store is written, which makes it one.</summary>
    FormatHeader,

    /// <summary>The node's record is written, with the number of this attachment.</summary>
    RecordNode,

    /// <summary>All root pages are read and held against the log.</summary>
    ReadRoots,

    /// <summary>The directory is bound to the store.</summary>
    Bind,

    /// <summary>The root of a stream that was deleted is taken out of its page.</summary>
    RemoveRoot,

    /// <summary>Everything that roots name is found out.</summary>
    SweepMark,

    /// <summary>A blob that nothing names is deleted; once for each.</summary>
    SweepDelete,

    /// <summary>Restore: the data directory is formatted.</summary>
    RestoreFormat,

    /// <summary>Restore: the old node is retired.</summary>
    RestoreRetire,

    /// <summary>Restore: the old node is shut out of a page; once for each.</summary>
    RestoreRetirePage,

    /// <summary>Restore: the streams of a page are taken over; once for each.</summary>
    RestorePage,

    /// <summary>Restore: the streams are written into the first checkpoint of the new directory.</summary>
    RestoreCheckpoint,
}
