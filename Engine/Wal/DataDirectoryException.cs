namespace Orleans.Log.Engine.Wal;

/// <summary>Why a data directory is not opened.</summary>
public enum DataDirectoryProblem
{
    /// <summary>Another process has it open.</summary>
    InUse,

    /// <summary>It was written by a newer version.</summary>
    NewerVersion,

    /// <summary>
    /// A control slot is there and cannot be read, or is gone: the lost one may have been the newer. Also if both are gone and anything else
    /// of a node is left.
    /// </summary>
    UnreadableControlSlot,

    /// <summary>A WAL file belongs to another WAL.</summary>
    ForeignFile,

    /// <summary>A WAL file that should be there is not.</summary>
    MissingFile,

    /// <summary>A WAL file is shorter than it was made.</summary>
    ShortFile,

    /// <summary>It is not empty and nothing in it was written by a node.</summary>
    NotOurs,

    /// <summary>A checkpoint that the control slot names is missing or differs from its digest.</summary>
    BadCheckpoint,

    /// <summary>There is no data directory (only when one is inspected).</summary>
    Missing,
}

/// <summary>A data directory is not opened, and nothing in it was changed.</summary>
public sealed class DataDirectoryException(DataDirectoryProblem problem, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>Why.</summary>
    public DataDirectoryProblem Problem { get; } = problem;
}
