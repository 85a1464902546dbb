using System.Diagnostics;

namespace Orleans.Log.Cli.Terminal;

/// <summary>What olog ends with. Scripts build on the numbers: never renumber (docs/CLI.md).</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Failed for a reason that has no number of its own: a local file, a defect here or in the server.</summary>
    Failed = 1,

    /// <summary>The command line, or what it asked the server for, is wrong; nothing happened.</summary>
    Usage = 2,

    /// <summary>No such stream, or no such local file or directory.</summary>
    NotFound = 3,

    /// <summary>A condition did not hold: expected tail, token, epoch, sequence, seal, version; nothing happened.</summary>
    ConditionFailed = 4,

    /// <summary>The server could not be reached or asked to come back later; nothing happened, the same call may succeed.</summary>
    Unavailable = 5,

    /// <summary>The append may or may not have happened.</summary>
    OutcomeUnknown = 6,

    /// <summary>Stored data is damaged.</summary>
    Corrupt = 7,

    /// <summary>The position lies below the head or beyond the tail.</summary>
    OutOfRange = 8,

    /// <summary>The caller may not do this.</summary>
    Denied = 9,

    /// <summary>Stopped by Ctrl-C.</summary>
    Interrupted = 130,

    /// <summary>Whoever read the output went away, as <c>head</c> does.</summary>
    ReaderGone = 141,
}
