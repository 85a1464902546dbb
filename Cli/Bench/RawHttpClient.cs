using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// One HTTP/1.1 connection that sends one prepared request again and again and reads just enough of the answer. A general HTTP client
/// costs about as much as the server does; on the same machine it would be measured with it. Allocates nothing per request. One batch at a time.
/// </summary>
internal sealed class RawHttpClient : IBenchClient
{
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] LengthName = "\r\nContent-Length: "u8.ToArray();

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[][] _requests;
    private readonly byte[] _answer = new byte[16 * 1024];
    private uint _next;

    private RawHttpClient(byte[][] requests, int first) => (_requests, _next) = (requests, (uint)first);

    public static async ValueTask<RawHttpClient> ConnectAsync(Uri server, BenchOptions options, int first, CancellationToken cancellationToken)
    {
        var requests = Enumerable.Range(0, options.Streams).Select(i => Request(server, options.StreamName(i), options.Payloads())).ToArray();
        var client = new RawHttpClient(requests, first);
        await client._socket.ConnectAsync(server.Host, server.Port, cancellationToken);
        return client;
    }

    public async ValueTask<AppendResult> AppendAsync()
    {
        var request = _requests[_next++ % _requests.Length].AsMemory();
        while (!request.IsEmpty)
            request = request[await _socket.SendAsync(request, SocketFlags.None)..];

        var have = 0;
        while (!IsWhole(_answer.AsSpan(0, have)))
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(have), SocketFlags.None);
            if (read == 0)
                throw new CliException(Terminal.ExitCode.OutcomeUnknown, "The server closed the connection.");

            have += read;
        }

        return Status(_answer) switch
        {
            200 => default,
            429 or 503 => throw new LogException(LogErrorCode.Overloaded, "The server asks to come back later."),
            var status => throw new CliException(Terminal.ExitCode.Failed, $"The server answered {status}: {Encoding.UTF8.GetString(_answer, 0, have)}"),
        };
    }

    public bool IsRefusal(Exception exception) => exception is LogException { Code: LogErrorCode.Overloaded };

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf(HeadEnd);
        if (head < 0)
            return false;

        var at = answer.IndexOf(LengthName);
        if (at < 0 || at > head || !Utf8Parser.TryParse(answer[(at + LengthName.Length)..], out int length, out _))
            throw new CliException(Terminal.ExitCode.Failed, "The server answers without a length.");

        return answer.Length >= head + HeadEnd.Length + length;
    }

    private static int Status(ReadOnlySpan<byte> answer) =>
        Utf8Parser.TryParse(answer["HTTP/1.1 ".Length..], out int status, out _) ? status : 0;

    private static byte[] Request(Uri server, string stream, ReadOnlyMemory<byte>[] payloads)
    {
        var body = BenchFrames.Batch(payloads);
        var head = $"POST {WireRoutes.Records(stream)} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: {WireMediaTypes.Frames}\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body.Span];
    }
}
