namespace Orleans.Log.Grains.Wire;

/// <summary>A page that has arrived; its memory is its own.</summary>
internal sealed class ReceivedPage : ReadPage
{
    private readonly PageOfRecords _page;
    private readonly LogRecord[] _records;

    public ReceivedPage(PageOfRecords page)
    {
        _page = page;
        if (page.Records.Count > Limits.ReadRecords)
            throw new LogException(LogErrorCode.Internal, "A page has more records than any may have.");

        _records = new LogRecord[page.Records.Count];
        var reader = new RecordBlockReader(page.Records);
        for (var i = 0; i < _records.Length; i++)
        {
            var (payload, headers, timestamp) = reader.Next();
            _records[i] = new LogRecord(page.Start + i, timestamp ?? 0, payload, headers);
        }

        reader.End();
    }

    public override ReadOnlyMemory<LogRecord> Records => _records;

    public override long Next => _page.Next;

    public override long Head => _page.Head;

    public override long Tail => _page.Tail;

    public override long Offloaded => _page.Offloaded;

    public override bool Sealed => _page.Sealed;

    protected override void Dispose(bool disposing)
    {
        // There is nothing to give back: the memory is the collector's.
    }
}
