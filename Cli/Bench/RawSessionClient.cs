using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks.Sources;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Contracts.Sessions;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// One appender session over a bare socket that sends one prepared frame again and again and reads the answers as they come, any number of them outstanding.
/// Allocates nothing per batch. Without a producer: there is nothing to repeat.
/// </summary>
internal sealed class RawSessionClient : IBenchClient
{
    /// <summary>What is due is sent in writes of about this many bytes at most.</summary>
    private const int WriteBytes = 64 * 1024;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Lock _lock = new();
    private readonly Slot[] _slots;
    private readonly ReadOnlyMemory<byte> _frames;
    private readonly int _frameBytes;
    private readonly byte[] _input = new byte[WriteBytes + SessionFormat.HeaderBytes + SessionFormat.MaxAnswerBytes];
    private int _inputLength;
    private long _sent;
    private int _due;
    private bool _writing;
    private Exception? _failure;

    private RawSessionClient(int outstanding, byte[] frame)
    {
        _slots = [.. Enumerable.Range(0, outstanding).Select(_ => new Slot())];
        _frameBytes = frame.Length;
        var copies = Math.Clamp(WriteBytes / frame.Length, 1, outstanding);
        var frames = new byte[copies * frame.Length];
        for (var i = 0; i < copies; i++)
            frame.CopyTo(frames.AsSpan(i * frame.Length));

        _frames = frames;
    }

    public static async ValueTask<RawSessionClient> ConnectAsync(Uri server, BenchOptions options, int index, CancellationToken cancellationToken)
    {
        var client = new RawSessionClient(options.Outstanding, Frame(options.Payloads()));
        await client._socket.ConnectAsync(server.Host, server.Port, cancellationToken);
        await client.OpenAsync(server, options.StreamName(index % options.Streams), cancellationToken);
        _ = client.ReadAsync();
        return client;
    }

    public ValueTask<AppendResult> AppendAsync()
    {
        var slot = _slots[_sent % _slots.Length];
        var answer = slot.Begin();
        bool begin;
        lock (_lock)
        {
            if (_failure is { } failure)
                return ValueTask.FromException<AppendResult>(failure);

            _sent++;
            _due++;
            begin = !_writing;
            _writing = true;
        }

        // With several outstanding the caller has more to say: what it says meanwhile goes in the same write.
        if (begin && _slots.Length == 1)
            _ = WriteAsync();
        else if (begin)
            ThreadPool.UnsafeQueueUserWorkItem(static client => _ = client.WriteAsync(), this, preferLocal: false);

        return answer;
    }

    public bool IsRefusal(Exception exception) => exception is LogException { Code: LogErrorCode.Overloaded };

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    private async Task OpenAsync(Uri server, string stream, CancellationToken cancellationToken)
    {
        var request = $"GET {WireRoutes.Session(stream)} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: Upgrade\r\nUpgrade: {SessionFormat.Protocol}\r\n\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        int end;
        while ((end = _input.AsSpan(0, _inputLength).IndexOf("\r\n\r\n"u8)) < 0)
            await ReceiveAsync(cancellationToken);

        var head = Encoding.ASCII.GetString(_input, 0, end);
        if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
            throw new CliException(Terminal.ExitCode.Failed, $"The server opens no session: {head.Split('\r')[0]}");

        Consume(end + 4);
        SessionFrame welcome;
        while (!TryTake(out welcome))
            await ReceiveAsync(cancellationToken);

        if (SessionReader.ReadWelcome(welcome).MaxInFlight < _slots.Length)
            throw new CliException(Terminal.ExitCode.Usage, $"A session has at most {SessionFormat.MaxInFlight} batches outstanding.");

        Consume(SessionFormat.HeaderBytes + (int)welcome.Content.Length);
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                int count;
                lock (_lock)
                {
                    count = Math.Min(_due, _frames.Length / _frameBytes);
                    _due -= count;
                    _writing = count > 0;
                }

                if (count == 0)
                    return;

                for (var left = _frames[..(count * _frameBytes)]; !left.IsEmpty;)
                    left = left[await _socket.SendAsync(left, SocketFlags.None)..];
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private async Task ReadAsync()
    {
        long answered = 0;
        try
        {
            while (true)
            {
                await ReceiveAsync(CancellationToken.None);
                answered += Answer(answered);
            }
        }
        catch (Exception e)
        {
            Fail(e);
            for (; answered < Volatile.Read(ref _sent); answered++)
                _slots[answered % _slots.Length].Fail(e);
        }
    }

    // The oldest last: whoever waits for it finds all the others that came with it answered, and sends as many again in one go.
    private int Answer(long first)
    {
        var rest = new ReadOnlySequence<byte>(_input, 0, _inputLength);
        var count = 0;
        for (; SessionReader.TryTakeFromServer(ref rest, out var frame); count++)
        {
            var slot = _slots[(first + count) % _slots.Length];
            if (frame.Kind == SessionFrameKind.Ack)
                slot.Hold(SessionReader.ReadAck(frame));
            else
                slot.Hold(Refusal(frame));
        }

        Consume(_inputLength - (int)rest.Length);
        for (var i = count - 1; i >= 0; i--)
            _slots[(first + i) % _slots.Length].Tell();

        return count;
    }

    private static Exception Refusal(in SessionFrame frame)
    {
        var refusal = SessionReader.ReadRefusal(frame);
        return frame.Kind == SessionFrameKind.Refusal && refusal.RetryAfterSeconds > 0
            ? new LogException(LogErrorCode.Overloaded, "The server asks to come back later.")
            : new CliException(Terminal.ExitCode.Failed, $"The server answered: {Encoding.UTF8.GetString(refusal.Problem)}");
    }

    private bool TryTake(out SessionFrame frame)
    {
        var rest = new ReadOnlySequence<byte>(_input, 0, _inputLength);
        return SessionReader.TryTakeFromServer(ref rest, out frame);
    }

    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        var count = await _socket.ReceiveAsync(_input.AsMemory(_inputLength), SocketFlags.None, cancellationToken);
        if (count == 0)
            throw new CliException(Terminal.ExitCode.OutcomeUnknown, "The server closed the connection.");

        _inputLength += count;
    }

    private void Consume(int count)
    {
        _input.AsSpan(count, _inputLength - count).CopyTo(_input);
        _inputLength -= count;
    }

    private void Fail(Exception failure)
    {
        lock (_lock)
            _failure ??= failure;

        _socket.Dispose();
    }

    private static byte[] Frame(ReadOnlyMemory<byte>[] payloads)
    {
        var body = BenchFrames.Batch(payloads);
        var frame = new byte[SessionWriter.AppendHeadBytes + body.Length];
        SessionWriter.WriteAppendHead(frame, sequence: null, expectedTail: null, body.Length);
        body.CopyTo(frame.AsMemory(SessionWriter.AppendHeadBytes));
        return frame;
    }

    /// <summary>An answer that is waited for; used again as soon as it was taken.</summary>
    private sealed class Slot : IValueTaskSource<AppendResult>
    {
        private ManualResetValueTaskSourceCore<AppendResult> _core;
        private SessionAck _ack;
        private Exception? _refusal;

        public ValueTask<AppendResult> Begin()
        {
            _core.Reset();
            return new ValueTask<AppendResult>(this, _core.Version);
        }

        public void Hold(in SessionAck ack) => (_ack, _refusal) = (ack, null);

        public void Hold(Exception refusal) => _refusal = refusal;

        public void Tell()
        {
            if (_refusal is { } refusal)
                _core.SetException(refusal);
            else
                _core.SetResult(new AppendResult(_ack.Start, _ack.End, _ack.Tail, _ack.Duplicate));
        }

        public void Fail(Exception failure) => _core.SetException(failure);

        public AppendResult GetResult(short token) => _core.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
