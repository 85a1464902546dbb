using System.Net;
using System.Net.Sockets;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>Stands between client and server and breaks every connection after some bytes, in the middle of whatever they are.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;
    private readonly Func<int> _bytes;
    private int _cuts;

    /// <summary>A proxy before <paramref name="server"/>; <paramref name="bytes"/> says of each connection after how many bytes, both ways together, it breaks.</summary>
    public CuttingProxy(Uri server, Func<int> bytes)
    {
        (_server, _bytes) = (server, bytes);
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Connections that it has broken.</summary>
    public int Cuts => _cuts;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port);
                var left = new Budget(_bytes());
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), left),
                    CopyAsync(server.GetStream(), client.GetStream(), left));
                if (left.Spent)
                    Interlocked.Increment(ref _cuts);
            }
            catch (SocketException)
            {
                // The server is away, and so is the connection.
            }

            client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        }
    }

    private static async Task CopyAsync(NetworkStream from, NetworkStream to, Budget left)
    {
        var buffer = new byte[4096];
        try
        {
            while (await from.ReadAsync(buffer) is > 0 and var count)
            {
                await to.WriteAsync(buffer.AsMemory(0, left.Take(count)));
                if (left.Spent)
                    return;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // One side has gone.
        }
    }

    private sealed class Budget(int bytes)
    {
        private readonly Lock _lock = new();
        private int _left = bytes;

        public bool Spent
        {
            get
            {
                lock (_lock)
                    return _left == 0;
            }
        }

        public int Take(int count)
        {
            lock (_lock)
            {
                var taken = Math.Min(count, _left);
                _left -= taken;
                return taken;
            }
        }
    }
}
