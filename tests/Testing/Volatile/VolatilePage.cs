namespace Orleans.Log.Testing;

/// <summary>
/// A page whose records cannot be touched after it was disposed: it hands out copies and wipes them, so that a front that keeps a
/// record too long shows it in its output.
/// </summary>
internal sealed class VolatilePage : ReadPage
{
    private readonly byte[][] _payloads;
    private readonly LogRecord[] _records;

    public VolatilePage(LogRecord[] records, long next, in StreamPosition stream)
    {
        (Next, Head, Tail, Offloaded, Sealed) = (next, stream.Head, stream.Tail, stream.Offloaded, stream.Sealed);
        _payloads = new byte[records.Length][];
        _records = new LogRecord[records.Length];
        for (var i = 0; i < records.Length; i++)
        {
            _payloads[i] = records[i].Payload.ToArray();
            _records[i] = records[i] with { Payload = _payloads[i] };
        }
    }

    public override ReadOnlyMemory<LogRecord> Records => _records;

    public override long Next { get; }

    public override long Head { get; }

    public override long Tail { get; }

    public override long Offloaded { get; }

    public override bool Sealed { get; }

    protected override void Dispose(bool disposing)
    {
        foreach (var payload in _payloads)
            Array.Fill(payload, (byte)'!');
    }
}
