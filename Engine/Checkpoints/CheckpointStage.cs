namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// The steps of a checkpoint, in their order, which is what makes it safe: the log may lose a file only after the control slot names a
/// checkpoint that is whole, flushed, and linked in its directory. A step that fails withholds all later ones; what is tried again, and from
/// where, is said with each.
/// </summary>
internal enum CheckpointStage
{
    /// <summary>Every stream is captured and written to a temporary file. Failed: begun anew, the temporary file being replaced.</summary>
    Write,

    /// <summary>
    /// The WAL becomes durable up to the last capture, so that the checkpoint says nothing that a crash could undo. Fails only if the WAL does, which
    /// ends the node.
    /// </summary>
    Settle,

    /// <summary>The temporary file is flushed. Failed: begun anew, since what a flush that failed has written is not known and a second one proves nothing.</summary>
    Sync,

    /// <summary>The file gets its name. Failed: the temporary file is whole and flushed, so only this is tried again.</summary>
    Rename,

    /// <summary>
    /// The directory is flushed. Failed: begun anew under the next sequence, since flushing again proves nothing; the file is left to
    /// <see cref="Sweep"/>.
    /// </summary>
    SyncDirectory,

    /// <summary>
    /// The control slot names the checkpoint, and the files that nobody needs any longer go. Failed: only this is tried again. Until it succeeds nobody knows which
    /// checkpoint the slot on disk names, so neither is deleted.
    /// </summary>
    Publish,

    /// <summary>Files of older checkpoints, and what failed attempts left, are deleted. Failed: said in the log, and done by the next checkpoint or start.</summary>
    Sweep,
}

/// <summary>A stage of a checkpoint failed; the checkpoint that was in force still is.</summary>
internal sealed class CheckpointStageException(CheckpointStage stage, Exception innerException)
    : Exception($"The checkpoint failed at {stage}: {innerException.Message}", innerException)
{
    public CheckpointStage Stage { get; } = stage;
}
