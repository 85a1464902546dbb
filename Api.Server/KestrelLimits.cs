using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Orleans.Log.Api.Server.Connections;
using Orleans.Log.Api.Server.Settings;

namespace Orleans.Log.Api.Server;

/// <summary>What the web server listens on, and every bound that it holds callers to, each with its reason. The defaults of the server leave some of them open.</summary>
internal static class KestrelLimits
{
    /// <summary>
    /// Bodies on routes that set no bound of their own. Those that append or configure do, for each content type (docs/HTTP.md); nothing
    /// else here has a use for a body, so this only has to be small.
    /// </summary>
    public const long BodyBytes = 64 * 1024;

    /// <summary>
    /// Bytes of a connection that have come and nobody has read yet: beyond it the kernel holds them, and then their sender does. Whoever reads a body holds it in the
    /// budget of bodies, so this is what one connection can hold without being counted there.
    /// </summary>
    public const int InputBytes = 64 * 1024;

    /// <summary>Bytes of answers that wait in a connection for the kernel to take them; an endpoint that writes more waits with the rest.</summary>
    public const int OutputBytes = 8 * 1024;

    /// <summary>The buffers of each connection.</summary>
    public static void Apply(SocketTransportOptions transport) =>
        (transport.MaxReadBufferSize, transport.MaxWriteBufferSize) = (InputBytes, OutputBytes);

    public static void Apply(KestrelServerOptions server, ServerOptions options, ConnectionBudget connections)
    {
        // HTTP/2 without TLS is for callers that know beforehand, and its bounds would be a second set to keep.
        server.ConfigureEndpointDefaults(listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttp10WithoutLength();
        });
        foreach (var address in options.Urls)
            Listen(server, address);

        // Says nothing to strangers about what is running here.
        server.AddServerHeader = false;

        // Endpoints write into pooled buffers; a synchronous write would block a thread of the pool on a slow reader.
        server.AllowSynchronousIO = false;

        // The default is no bound. A connection costs some 20 KiB and a descriptor: a flood must meet a number, not the end of memory or of descriptors.
        server.Limits.MaxConcurrentConnections = connections.MaxConnections;

        // The server does not count an appender session as a connection any more, and has no kinder way to refuse one than a defect. The endpoints do, and nothing else here upgrades.
        server.Limits.MaxConcurrentUpgradedConnections = null;

        server.Limits.MaxRequestBodySize = BodyBytes;

        // A request line holds a name of 256 characters and a handful of numbers; headers hold a token, a producer and a trace.
        server.Limits.MaxRequestLineSize = 4 * 1024;
        server.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        server.Limits.MaxRequestHeaderCount = 64;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // Longer than the longest wait of a read and than the keep-alive of common proxies, so that ours is not the end that closes first.
        server.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);

        // A caller that sends or takes less than this for this long is dropped: it holds a batch's memory or a page's buffers meanwhile. Time
        // in which there is nothing to send (a follower at the tail) does not count. One that takes nothing at all is the write watch's.
        server.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        server.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));

        // What is buffered per connection before the sender waits, and before an endpoint that writes does; the transport is told the same.
        server.Limits.MaxRequestBufferSize = InputBytes;
        server.Limits.MaxResponseBufferSize = OutputBytes;
    }

    private static void Listen(KestrelServerOptions server, ListenAddress address)
    {
        if (address.IsLocalhost)
            server.ListenLocalhost(address.Port);
        else if (address.Address is { } ip)
            server.Listen(new IPEndPoint(ip, address.Port));
        else
            server.ListenAnyIP(address.Port); // '*', '+' and names: the server cannot tell names apart, and allow-insecure was said
    }
}
