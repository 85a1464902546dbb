using System.Net.Sockets;
using System.Text;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>Requests over a bare socket, for what no HTTP library would send.</summary>
internal static class RawSocket
{
    /// <summary>Connects and sends the text as it is.</summary>
    public static async Task<TcpClient> SendAsync(Uri server, string request)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server.Host, server.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        return client;
    }

    /// <summary>Everything until the other side closes, orderly or not.</summary>
    public static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await client.Client.ReceiveAsync(buffer, deadline.Token)) > 0;)
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // Reset instead of closed: what came before counts.
        }

        return text.ToString();
    }
}
