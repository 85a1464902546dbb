namespace Orleans.Log;

/// <summary>A record as it is read. Its memory belongs to the page.</summary>
/// <param name="Lsn">Position in the stream.</param>
/// <param name="Timestamp">Milliseconds since 1970 UTC; never less than that of the record before.</param>
/// <param name="Payload">The content.</param>
/// <param name="Headers">The headers, in the order given.</param>
public readonly record struct LogRecord(long Lsn, long Timestamp, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<RecordHeader> Headers);

/// <summary>
/// What a read returns: consecutive records and where to go on. Disposing gives its buffers back for reuse, after which no record
/// of it may be touched; a page that is not disposed is left to the garbage collector. Not safe for use by several threads at once.
/// </summary>
public abstract class ReadPage : IDisposable
{
    /// <summary>The records, dense and in order; may be empty.</summary>
    public abstract ReadOnlyMemory<LogRecord> Records { get; }

    /// <summary>The LSN to read next.</summary>
    public abstract long Next { get; }

    /// <summary>Lowest LSN that can still be read, when the page was made.</summary>
    public abstract long Head { get; }

    /// <summary>Tail of the stream as far as it is committed, when the page was made.</summary>
    public abstract long Tail { get; }

    /// <summary>Everything below was in published segments when the page was made.</summary>
    public abstract long Offloaded { get; }

    /// <summary>
    /// The page has records, and all of them lie in published segments: whoever reads the same range of the same stream again gets the
    /// same records, or an error, but never others.
    /// </summary>
    public bool IsHistorical => !Records.IsEmpty && Next <= Offloaded;

    /// <summary>The stream is sealed: <see cref="Tail"/> will never move again.</summary>
    public abstract bool Sealed { get; }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the buffers back; called at most once that matters.</summary>
    protected abstract void Dispose(bool disposing);
}
