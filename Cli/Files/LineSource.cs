using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Files;

/// <summary>
/// Lines of standard input as records, in batches of what there is: a pause of the input sends what came before it. The LF is not part of
/// a record, a CR is; a last line without LF is a record too. One caller at a time.
/// </summary>
internal sealed class LineSource(Stream input)
{
    // One line of the largest size with its LF always fits beside what was read with the line before.
    private readonly byte[] _buffer = new byte[Limits.RecordBytes + 1 + LineFormat.BatchBytes];
    private readonly NewRecord[] _records = new NewRecord[LineFormat.BatchRecords];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The next lines; none at the end. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<NewRecord>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TakeLines() is var count and > 0)
                return _records.AsMemory(0, count);
            if (_ended)
                return default;

            await FillAsync(cancellationToken);
        }
    }

    private int TakeLines()
    {
        var (count, first) = (0, _start);
        while (count < _records.Length && _start - first < LineFormat.BatchBytes)
        {
            var rest = _buffer.AsMemory(_start, _end - _start);
            var lf = rest.Span.IndexOf(LineFormat.Lf);
            if (lf < 0 && (!_ended || rest.IsEmpty))
                break;

            var line = lf < 0 ? rest : rest[..lf];
            if (line.Length > Limits.RecordBytes)
                throw TooLong();

            _records[count++] = new NewRecord(line);
            _start += lf < 0 ? rest.Length : lf + 1;
        }

        return count;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_end - _start > Limits.RecordBytes)
            throw TooLong();

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _ended = read == 0;
    }

    private static CliException TooLong() => new(
        ExitCode.Usage, $"A line is longer than {Limits.RecordBytes} bytes, the most that a record has. Import cuts such lines into pieces.");
}
