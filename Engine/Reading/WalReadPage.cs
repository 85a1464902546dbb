namespace Orleans.Log.Engine.Reading;

/// <summary>A page whose memory comes from pools and goes back to them when it is disposed, or to the garbage collector when it is not.</summary>
internal sealed class WalReadPage(PageBuilder? rented, ReadOnlyMemory<LogRecord> records, long next, in StreamPosition stream) : ReadPage
{
    private ReadOnlyMemory<LogRecord> _records = records;
    private int _disposed;

    /// <summary>Bytes of payload by where they were read.</summary>
    public ReadSources Sources { get; init; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<LogRecord> Records => _records;

    /// <inheritdoc/>
    public override long Next { get; } = next;

    /// <inheritdoc/>
    public override long Head { get; } = stream.Head;

    /// <inheritdoc/>
    public override long Tail { get; } = stream.Tail;

    /// <inheritdoc/>
    public override long Offloaded { get; } = stream.Offloaded;

    /// <inheritdoc/>
    public override bool Sealed { get; } = stream.Sealed;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _records = default;

        // Returned twice, an array would have two owners. A number says who is first, because the collector can lose a reference that is exchanged
        // for null (BannedSymbols.txt): it did here, and the process died where the builder was used, or later of a heap that was no longer whole.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            rented?.Discard();
    }
}
