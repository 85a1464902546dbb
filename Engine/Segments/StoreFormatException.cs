namespace Orleans.Log.Engine.Segments;

/// <summary>What is wrong with something that was read from a blob store.</summary>
internal enum StoreFault
{
    /// <summary>It ends before it should, or goes on behind its end.</summary>
    Truncated,

    /// <summary>A checksum does not hold where the part stands: damaged, or written for another place.</summary>
    ChecksumMismatch,

    /// <summary>It was written by another version.</summary>
    UnsupportedVersion,

    /// <summary>It is whole, and it is not what was asked for: of another store, node or stream.</summary>
    Foreign,

    /// <summary>Its checksums hold and its content makes no sense.</summary>
    Incoherent,
}

/// <summary>What was read from a blob store cannot be used. Reading it again helps only if it was damaged on the way.</summary>
internal sealed class StoreFormatException(StoreFault fault, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>What is wrong.</summary>
    public StoreFault Fault { get; } = fault;
}
