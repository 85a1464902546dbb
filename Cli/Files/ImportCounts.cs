using Orleans.Log.Client;

namespace Orleans.Log.Cli.Files;

/// <summary>
/// What an import has done. The reading loop calls <see cref="Add"/> and <see cref="Skip"/>, the appender's callbacks <see cref="Acknowledge"/>;
/// the result is taken when the appender is closed.
/// </summary>
internal sealed class ImportCounts
{
    private long _records;
    private long _batches;
    private long _bytes;
    private long _skippedBatches;
    private long _done;
    private long? _start;
    private long? _end;

    /// <summary>A batch was read.</summary>
    public void Add(in ImportBatch batch)
    {
        _records += batch.Records.Length;
        _batches++;
        _bytes += batch.FileBytes;
    }

    /// <summary>It is in the stream already. Gives the bytes that are.</summary>
    public long Skip(in ImportBatch batch)
    {
        _skippedBatches++;
        return Interlocked.Add(ref _done, batch.FileBytes);
    }

    /// <summary>It is in the stream now. Gives the bytes that are.</summary>
    public long Acknowledge(AppendAck ack, long fileBytes)
    {
        (_start, _end) = (_start ?? ack.Start, ack.End);
        return Interlocked.Add(ref _done, fileBytes);
    }

    public ImportResult ToResult(string stream, string producer, string sha256) => new()
    {
        Stream = stream,
        Bytes = _bytes,
        Records = _records,
        Batches = _batches,
        SkippedBatches = _skippedBatches,
        Start = _start,
        End = _end,
        Sha256 = sha256,
        ProducerId = producer,
    };
}
