using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>
/// What a connection receives, with <c>Content-Length: 0</c> added to each PUT and POST of HTTP/1.0 that says nothing of a body. The web server refuses
/// those with a bare 400, although nginx, which speaks HTTP/1.0 to what is behind it unless told otherwise, passes on every PUT and POST without a body
/// like that. A connection whose first request is of HTTP/1.1 is passed on as it is, without a look at anything behind that line. Used by one reader.
/// </summary>
internal sealed class Http10Reader(PipeReader input) : PipeReader
{
    /// <summary>Longest line that is looked at: more than the server takes for a request line or header, so that it refuses what is longer.</summary>
    private const int MaxLine = 32 * 1024;

    private enum State
    {
        /// <summary>Before or inside of the head of a request.</summary>
        Head,

        /// <summary>The server has a head of ours to read, or a body to its end; then comes another head.</summary>
        Counting,

        /// <summary>Nothing of this connection is looked at any more.</summary>
        PassOn,
    }

    private static ReadOnlySpan<byte> Addition => "Content-Length: 0\r\n"u8;

    private State _state;
    private bool _inHeaders;
    private bool _wantsLength;
    private bool _saysLength;
    private long _left;
    private byte[]? _head;
    private int _headRead;
    private ReadOnlySequence<byte> _given;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => _state switch
    {
        State.PassOn => input.ReadAsync(cancellationToken),
        _ when _head is not null => new(Give(Head())),
        _ => LookAsync(cancellationToken),
    };

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (_head is not null)
        {
            result = Give(Head());
            return true;
        }

        if (!input.TryRead(out result))
            return false;

        result = Look(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_state == State.PassOn)
        {
            input.AdvanceTo(consumed, examined);
            return;
        }

        var count = _given.Slice(0, consumed).Length;
        if (_head is not null)
        {
            _headRead += (int)count;
            if (_headRead == _head.Length)
                NextRequest();

            return;
        }

        input.AdvanceTo(consumed, examined);
        _inHeaders |= count > 0;
        if (_state != State.Counting)
            return;

        _left -= count;
        if (_left == 0)
            NextRequest();
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => input.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => input.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => input.CompleteAsync(exception);

    private async ValueTask<ReadResult> LookAsync(CancellationToken cancellationToken) => Look(await input.ReadAsync(cancellationToken));

    private ReadResult Look(in ReadResult result)
    {
        if (_state == State.Head && !result.Buffer.IsEmpty && TryFindEnd(result.Buffer) is var (empty, end))
        {
            if (_wantsLength && !_saysLength)
            {
                _head = [.. result.Buffer.Slice(0, empty).ToArray(), .. Addition, .. result.Buffer.Slice(empty, end).ToArray()];
                input.AdvanceTo(end);
                return Give(Head());
            }

            _left += result.Buffer.Slice(0, end).Length;
            _state = State.Counting;
        }

        // Of what belongs to the next request nothing is shown before this one is through: its head is looked at when it is the first thing there.
        if (_state == State.Counting && result.Buffer.Length > _left)
            return Give(new ReadResult(result.Buffer.Slice(0, _left), result.IsCanceled, isCompleted: false));

        return Give(result);
    }

    /// <summary>Where the empty line at the end of a head begins and ends; null if it is not there, or nothing more is looked at.</summary>
    private (SequencePosition Empty, SequencePosition End)? TryFindEnd(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        for (var first = !_inHeaders; ; first = false)
        {
            var start = reader.Position;
            if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
            {
                if (reader.Remaining > MaxLine)
                    _state = State.PassOn;

                return null;
            }

            if (first)
                TakeRequestLine(line);
            else if (line.Length == 0 || (line.Length == 1 && line.FirstSpan[0] == (byte)'\r'))
                return (start, reader.Position);
            else
                TakeHeader(line);

            if (_state == State.PassOn)
                return null;
        }
    }

    private void TakeRequestLine(in ReadOnlySequence<byte> line)
    {
        Span<byte> version = stackalloc byte[9];
        if (line.Length > version.Length)
            line.Slice(line.Length - version.Length).CopyTo(version);

        if (!version.SequenceEqual("HTTP/1.0\r"u8))
        {
            _state = State.PassOn;
            return;
        }

        Span<byte> method = stackalloc byte[5];
        line.Slice(0, method.Length).CopyTo(method);
        _wantsLength = method.StartsWith("PUT "u8) || method.StartsWith("POST "u8);
    }

    private void TakeHeader(in ReadOnlySequence<byte> line)
    {
        if (StartsWith(line, "Transfer-Encoding:"u8))
        {
            _state = State.PassOn;
        }
        else if (StartsWith(line, "Content-Length:"u8))
        {
            var value = line.Slice("Content-Length:".Length).ToArray().AsSpan().Trim(" \t\r"u8);
            if (Utf8Parser.TryParse(value, out long length, out var used) && used == value.Length && length >= 0)
                (_saysLength, _left) = (true, length);
            else
                _state = State.PassOn;
        }
    }

    private static bool StartsWith(in ReadOnlySequence<byte> line, ReadOnlySpan<byte> name)
    {
        if (line.Length < name.Length)
            return false;

        Span<byte> start = stackalloc byte[name.Length];
        line.Slice(0, name.Length).CopyTo(start);
        return System.Text.Ascii.EqualsIgnoreCase(start, name);
    }

    private ReadOnlySequence<byte> Head() => new(_head!, _headRead, _head!.Length - _headRead);

    private ReadResult Give(in ReadOnlySequence<byte> bytes) => Give(new ReadResult(bytes, isCanceled: false, isCompleted: false));

    private ReadResult Give(in ReadResult result)
    {
        _given = result.Buffer;
        return result;
    }

    private void NextRequest() =>
        (_state, _inHeaders, _wantsLength, _saysLength, _left, _head, _headRead, _given) = (State.Head, false, false, false, 0, null, 0, default);
}
