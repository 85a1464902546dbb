using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>
/// The transport of the server: the sockets of ASP.NET, under an accept loop and bounds of our own. Connections are counted here and not in the server's pipeline, which does not see appender sessions, and which
/// a connection reaches only after it has its descriptor.
/// </summary>
internal sealed class BoundedListenerFactory(
    ConnectionBudget budget, WriteWatch watch, IOptions<SocketTransportOptions> options, TimeProvider time, ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Connections that the kernel keeps until they are accepted.</summary>
    private const int Backlog = 512;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = Listen(endpoint);
        var contexts = new SocketConnectionContextFactory(Of(options.Value), loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"));
        return ValueTask.FromResult<IConnectionListener>(new BoundedListener(socket, contexts, budget, watch, time, loggers.CreateLogger("Orleans.Log.Api.Server")));
    }

    // What the server's own listener does. The public constructor leaves out the server's memory pool, and another one does not do: the server takes it that none of its buffers is empty.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SocketConnectionFactoryOptions Of(SocketTransportOptions options);

    private static Socket Listen(EndPoint endpoint)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            TcpProgress.BoundUnsent(socket);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            if (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
                throw new AddressInUseException(e.Message, e);

            throw;
        }
    }
}
