using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>
/// An upload over a bare socket, chunked unless its length is given: what has been sent stays open until the test ends or breaks it, and the answer can be read
/// meanwhile, which .NET's own client does not do over HTTP/1.1.
/// </summary>
public sealed class OpenUpload : IAsyncDisposable
{
    private readonly TcpClient _socket;
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly StringBuilder _lines = new();
    private bool _ended;
    private int? _length;

    private OpenUpload(TcpClient socket)
    {
        _socket = socket;
        _stream = socket.GetStream();
        _reader = new StreamReader(_stream, Encoding.Latin1);
    }

    public string? StatusLine { get; private set; }

    public static async Task<OpenUpload> StartAsync(LogServer server, string path, string contentType, params (string Name, string Value)[] headers)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        var upload = new OpenUpload(socket);
        var all = string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        var framing = headers.Any(header => header.Name == "Content-Length") ? string.Empty : "Transfer-Encoding: chunked\r\n";
        await upload.WriteAsync($"POST {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nContent-Type: {contentType}\r\n{framing}{all}\r\n");
        return upload;
    }

    /// <summary>Sends text as one chunk.</summary>
    public Task SendAsync(string text) => WriteAsync(Chunk(text));

    /// <summary>Ends the body properly.</summary>
    public Task EndAsync() => WriteAsync("0\r\n\r\n");

    /// <summary>Sends bytes as they are.</summary>
    public async Task WriteAsync(string text)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await _stream.FlushAsync();
    }

    /// <summary>Breaks the connection without a word.</summary>
    public void Break()
    {
        _socket.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    /// <summary>Reads the answer's status and headers.</summary>
    public async Task StatusAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        StatusLine = await _reader.ReadLineAsync(timeout.Token);
        while (await _reader.ReadLineAsync(timeout.Token) is { Length: > 0 } header)
            _length = header.StartsWith("Content-Length: ", StringComparison.Ordinal) ? int.Parse(header[16..], CultureInfo.InvariantCulture) : _length;
    }

    /// <summary>The next line of the answer's body, or null at its end.</summary>
    public async Task<string?> LineAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        if (StatusLine is null)
            await StatusAsync();

        while (!_ended && !_lines.ToString().Contains('\n', StringComparison.Ordinal))
            await ReadChunkAsync(timeout.Token);

        var text = _lines.ToString();
        if (text.Length == 0)
            return null;

        var end = text.IndexOf('\n', StringComparison.Ordinal);
        _lines.Remove(0, end < 0 ? text.Length : end + 1);
        return end < 0 ? text : text[..end];
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Chunk(string text) => $"{Encoding.Latin1.GetByteCount(text).ToString("x", CultureInfo.InvariantCulture)}\r\n{text}\r\n";

    private async Task ReadChunkAsync(CancellationToken cancellationToken)
    {
        var length = _length ?? int.Parse((await _reader.ReadLineAsync(cancellationToken))!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var chunk = new char[length];
        await _reader.ReadBlockAsync(chunk, cancellationToken);
        if (_length is null)
            await _reader.ReadLineAsync(cancellationToken);

        _lines.Append(chunk);
        _ended = length == 0 || _length is not null;
    }
}
