using Orleans.Log.Client;

namespace Orleans.Log.Cli.Files;

/// <summary>
/// Cuts a file into records and batches. Where it cuts depends on the bytes alone, never on how many of them a read returned:
/// a second run makes the same batches, which is what lets an import be resumed by batch number. One caller at a time.
/// </summary>
internal sealed class BatchCutter
{
    private readonly Stream _file;
    private readonly int _pieceBytes;
    private readonly byte[] _buffer;
    private readonly NewRecord[] _records = new NewRecord[LineFormat.BatchRecords];
    private int _start;
    private int _end;
    private bool _ended;

    /// <param name="file">Read to its end; not closed.</param>
    /// <param name="pieceBytes">Longest payload of a record.</param>
    public BatchCutter(Stream file, int pieceBytes)
    {
        _file = file;
        _pieceBytes = pieceBytes;

        // The last record of a batch starts below BatchBytes and needs pieceBytes and one byte more to be told whole from cut,
        // so with this much in the buffer every decision is made on the same bytes in every run.
        _buffer = new byte[LineFormat.BatchBytes + pieceBytes + 1];
    }

    /// <summary>The next batch; one without records is the end.</summary>
    public async ValueTask<ImportBatch> NextAsync(CancellationToken cancellationToken)
    {
        await FillAsync(cancellationToken);
        var (count, first) = (0, _start);
        while (count < _records.Length && _start - first < LineFormat.BatchBytes && _start < _end)
            _records[count++] = NextRecord();

        return new ImportBatch(_records.AsMemory(0, count), _start - first);
    }

    private NewRecord NextRecord()
    {
        var window = _buffer.AsMemory(_start, Math.Min(_end - _start, _pieceBytes + 1));
        var lf = window.Span.IndexOf(LineFormat.Lf);
        if (lf >= 0)
        {
            _start += lf + 1;
            return new NewRecord(window[..lf]);
        }

        var piece = window[..Math.Min(window.Length, _pieceBytes)];
        _start += piece.Length;
        return new NewRecord(piece) { Headers = LineFormat.NoLf };
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (!_ended && _end < _buffer.Length)
        {
            var read = await _file.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += read;
            _ended = read == 0;
        }
    }
}
