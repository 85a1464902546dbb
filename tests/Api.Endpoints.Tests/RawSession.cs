using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Contracts.Sessions;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>An appender session over a bare socket: sends any bytes at any time, in any pieces, and reads frame by frame what the server says.</summary>
public sealed class RawSession : IAsyncDisposable
{
    private readonly TcpClient _socket;
    private readonly NetworkStream _stream;
    private byte[] _unread = [];

    private RawSession(TcpClient socket)
    {
        _socket = socket;
        _stream = socket.GetStream();
    }

    /// <summary>Status of the answer to the upgrade.</summary>
    public int Status { get; private set; }

    /// <summary>What the server said when it opened.</summary>
    public SessionWelcome Welcome { get; private set; }

    /// <summary>Asks for a session and reads the answer's head, and the welcome if it is one.</summary>
    public static async Task<RawSession> OpenAsync(LogServer server, string path, params (string Name, string Value)[] headers)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        var session = new RawSession(socket);
        var all = string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        await session.SendAsync(Encoding.Latin1.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: {SessionFormat.Protocol}\r\n{all}\r\n"));
        await session.ReadHeadAsync();
        if (session.Status == 101)
            session.Welcome = SessionReader.ReadWelcome(await session.FrameAsync() ?? throw new ShouldAssertException("No welcome came."));

        return session;
    }

    /// <summary>An append of lines.</summary>
    public static byte[] Append(long? sequence, long? expectedTail, params string[] lines)
    {
        var body = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAppend(body, lines.Length);
        foreach (var line in lines)
        {
            FrameWriter.WriteRecord(body, FrameFormat.NoTimestamp, 0, Encoding.UTF8.GetByteCount(line));
            body.Write(Encoding.UTF8.GetBytes(line));
        }

        return Append(sequence, expectedTail, body.WrittenSpan);
    }

    /// <summary>An append of any body.</summary>
    public static byte[] Append(long? sequence, long? expectedTail, ReadOnlySpan<byte> body)
    {
        var frame = new byte[SessionWriter.AppendHeadBytes + body.Length];
        SessionWriter.WriteAppendHead(frame, sequence, expectedTail, body.Length);
        body.CopyTo(frame.AsSpan(SessionWriter.AppendHeadBytes));
        return frame;
    }

    public async Task SendAsync(params byte[] bytes) => await _stream.WriteAsync(bytes);

    /// <summary>Breaks the connection without a word.</summary>
    public void Break()
    {
        _socket.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    /// <summary>The next answer, or null at the end of the connection.</summary>
    public async Task<SessionAnswer?> NextAsync()
    {
        if (await FrameAsync() is not { } frame)
            return null;

        if (frame.Kind == SessionFrameKind.Ack)
        {
            var ack = SessionReader.ReadAck(frame);
            return new SessionAnswer(frame.Kind, ack.Number, ack, default, 0);
        }

        var refusal = SessionReader.ReadRefusal(frame);
        return new SessionAnswer(frame.Kind, refusal.Number, default, JsonDocument.Parse(refusal.Problem).RootElement, refusal.RetryAfterSeconds);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadHeadAsync()
    {
        int end;
        while ((end = _unread.AsSpan().IndexOf("\r\n\r\n"u8)) < 0)
            (await ReadAsync()).ShouldBeTrue("the server closed the connection instead of answering");

        Status = int.Parse(Encoding.Latin1.GetString(_unread, 9, 3), CultureInfo.InvariantCulture);
        _unread = _unread[(end + 4)..];
    }

    private async Task<SessionFrame?> FrameAsync()
    {
        while (true)
        {
            var buffer = new ReadOnlySequence<byte>(_unread);
            if (SessionReader.TryTakeFromServer(ref buffer, out var frame))
            {
                _unread = buffer.ToArray();
                return frame;
            }

            if (!await ReadAsync())
                return null;
        }
    }

    private async Task<bool> ReadAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var bytes = new byte[64 * 1024];
        try
        {
            var count = await _stream.ReadAsync(bytes, limit.Token);
            _unread = [.. _unread, .. bytes.AsSpan(0, count)];
            return count > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

/// <summary>What the server said of an append, or of the session.</summary>
public sealed record SessionAnswer(SessionFrameKind Kind, long Number, SessionAck Ack, JsonElement Problem, int RetryAfter)
{
    /// <summary>In short, for comparison: the positions, or the code.</summary>
    public string Text => Kind switch
    {
        SessionFrameKind.Ack => $"{Number}: {Ack.Start}-{Ack.End}{(Ack.Duplicate ? " again" : string.Empty)}",
        SessionFrameKind.End => $"{Number}: end {Code}",
        _ => $"{Number}: {Code}",
    };

    public string Code => Problem.GetProperty("code").GetString()!;
}
