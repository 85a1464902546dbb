using System.Net.Sockets;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>What the kernel says of the bytes that were given to it for a peer.</summary>
/// <param name="Acknowledged">Bytes that the peer's kernel has taken, since the connection began.</param>
/// <param name="IsOutstanding">The peer has not taken everything yet.</param>
internal readonly record struct TcpProgress(long Acknowledged, bool IsOutstanding)
{
    // linux/tcp.h: TCP_NOTSENT_LOWAT, TCP_INFO, and where struct tcp_info has what is used here. It only ever grows at its end.
    private const int Protocol = 6;
    private const int NotSentLowWater = 25;
    private const int Info = 11;
    private const int UnackedAt = 24;
    private const int BytesAckedAt = 120;
    private const int NotSentBytesAt = 144;
    private const int InfoBytes = 148;

    /// <summary>
    /// Bytes of a connection that the kernel takes before the peer has room for them. Without this it takes up to 4 MiB for each connection, which is memory that nobody counts.
    /// </summary>
    private const int UnsentBytes = 16 * 1024;

    /// <summary>Bounds what the kernel holds for each connection that a listening socket accepts. What is under way is not bounded, so long and fast ways are used as before.</summary>
    public static void BoundUnsent(Socket listening)
    {
        if (!OperatingSystem.IsLinux())
            return;

        Span<byte> value = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(value, UnsentBytes);
        listening.SetRawSocketOption(Protocol, NotSentLowWater, value);
    }

    /// <summary>How far a connection has come; null where the kernel does not say, or the socket is closed.</summary>
    public static TcpProgress? Read(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        try
        {
            Span<byte> info = stackalloc byte[InfoBytes];
            if (socket.GetRawSocketOption(Protocol, Info, info) < InfoBytes)
                return null;

            var unacknowledged = BitConverter.ToUInt32(info[UnackedAt..]);
            var unsent = BitConverter.ToUInt32(info[NotSentBytesAt..]);
            return new TcpProgress(BitConverter.ToInt64(info[BytesAckedAt..]), (unacknowledged | unsent) != 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
