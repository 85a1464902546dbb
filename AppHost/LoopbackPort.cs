using System.Net;
using System.Net.Sockets;

namespace Orleans.Log.AppHost;

/// <summary>Tells which ports of this machine other programs use.</summary>
internal static class LoopbackPort
{
    /// <summary>True if a program can listen on the port of 127.0.0.1 now.</summary>
    public static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
