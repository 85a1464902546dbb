using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>A connection of the socket transport that has a place in the <see cref="ConnectionBudget"/> until its descriptor is closed, and is watched by the <see cref="WriteWatch"/>.</summary>
internal sealed class CountedConnection : ConnectionContext, IWatchedConnection
{
    private readonly ConnectionContext _inner;
    private readonly Socket _socket;
    private readonly ConnectionBudget _budget;
    private readonly WriteWatch _watch;
    private int _left;

    public CountedConnection(ConnectionContext inner, Socket socket, ConnectionBudget budget, WriteWatch watch)
    {
        (_inner, _socket, _budget, _watch) = (inner, socket, budget, watch);
        _watch.Add(this);
    }

    public override string ConnectionId
    {
        get => _inner.ConnectionId;
        set => _inner.ConnectionId = value;
    }

    public override IFeatureCollection Features => _inner.Features;

    public override IDictionary<object, object?> Items
    {
        get => _inner.Items;
        set => _inner.Items = value;
    }

    public override IDuplexPipe Transport
    {
        get => _inner.Transport;
        set => _inner.Transport = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => _inner.ConnectionClosed;
        set => _inner.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => _inner.LocalEndPoint;
        set => _inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _inner.RemoteEndPoint;
        set => _inner.RemoteEndPoint = value;
    }

    TcpProgress? IWatchedConnection.Progress => TcpProgress.Read(_socket);

    void IWatchedConnection.Cut()
    {
        // Reset: what the peer has not taken would stay in the kernel for minutes behind an orderly end.
        try
        {
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile.
        }

        Abort(new ConnectionAbortedException("The peer took nothing for the whole of the write time-out."));
    }

    public override void Abort() => _inner.Abort();

    public override void Abort(ConnectionAbortedException abortReason) => _inner.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        _watch.Remove(this);
        await _inner.DisposeAsync();
        await base.DisposeAsync();
        if (Interlocked.Exchange(ref _left, 1) == 0)
            _budget.Leave();
    }
}
