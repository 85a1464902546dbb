namespace Orleans.Log.Engine.Checkpoints;

/// <summary>What is wrong with a checkpoint.</summary>
public enum CheckpointFault
{
    /// <summary>The control slot names it and there is no such file.</summary>
    Missing,

    /// <summary>The file ends before its trailer, or goes on behind it.</summary>
    Truncated,

    /// <summary>A checksum does not hold.</summary>
    ChecksumMismatch,

    /// <summary>The file is whole, and it is not the one that the control slot names.</summary>
    DigestDiffers,

    /// <summary>It was written by another version.</summary>
    UnsupportedVersion,

    /// <summary>It belongs to another WAL, or has another sequence or position than the control slot says.</summary>
    Foreign,

    /// <summary>Its checksums hold and its content makes no sense.</summary>
    Incoherent,
}

/// <summary>A checkpoint cannot be used. What it held may no longer be in the WAL, so the node does not start without it.</summary>
public sealed class CheckpointException(CheckpointFault fault, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>What is wrong.</summary>
    public CheckpointFault Fault { get; } = fault;
}
