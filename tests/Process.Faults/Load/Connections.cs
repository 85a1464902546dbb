using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orleans.Log.Process.Faults.Load;

/// <summary>Many connections of callers that read as slowly as they are told, with receive buffers so small that what the kernel holds for them hides nothing.</summary>
internal sealed class Connections : IDisposable
{
    private const int ReceiveBytes = 2048;

    private readonly List<Socket> _sockets = [];
    private readonly byte[] _buffer = new byte[1024];

    /// <summary>Opens one more.</summary>
    public async Task<Socket> OpenAsync(Uri server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = ReceiveBytes };
        lock (_sockets)
            _sockets.Add(socket);

        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        return socket;
    }

    /// <summary>Opens one more, and sends a request.</summary>
    public async Task<Socket> SendAsync(Uri server, string request)
    {
        var socket = await OpenAsync(server);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return socket;
    }

    /// <summary>Takes so many bytes of each, or what there is; fails if one was closed.</summary>
    public async Task TakeAsync(int bytes)
    {
        foreach (var socket in _sockets)
        {
            if (socket.Available > 0)
                (await socket.ReceiveAsync(_buffer.AsMemory(0, Math.Min(bytes, _buffer.Length)))).ShouldBeGreaterThan(0);

            socket.Poll(0, SelectMode.SelectError).ShouldBeFalse("a reader that takes something stays");
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }
}

/// <summary>Frames of an appender session as they are on the wire (docs/HTTP.md).</summary>
internal static class SessionFrames
{
    /// <summary>An append of one record without conditions.</summary>
    public static byte[] Append(ReadOnlySpan<byte> payload)
    {
        using var frame = new MemoryStream();
        using var writer = new BinaryWriter(frame);
        writer.Write(16 + 8 + 16 + payload.Length);
        writer.Write(1); // kind 1, no flags
        writer.Write(-1L);
        writer.Write(-1L);
        writer.Write("OLA1"u8);
        writer.Write(1);
        writer.Write(payload.Length);
        writer.Write(-1L);
        writer.Write(0);
        writer.Write(payload);
        return frame.ToArray();
    }
}
