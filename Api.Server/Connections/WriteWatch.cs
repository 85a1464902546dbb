using System.Collections.Concurrent;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>A connection as the watch sees it.</summary>
internal interface IWatchedConnection
{
    /// <summary>How far its peer has come; null if nothing can be said.</summary>
    TcpProgress? Progress { get; }

    /// <summary>Ends it, with what is still to be sent.</summary>
    void Cut();
}

/// <summary>
/// Cuts connections whose peer takes nothing, although there is something for it, for the whole of a deadline: they hold buffers, and a page or a queue of answers behind these. One timer looks at all
/// connections. A minimum rate would not do: what the kernels on the way hold counts as taken, and buys a peer that never reads minutes at any rate that a slow one can keep.
/// </summary>
internal sealed class WriteWatch : IDisposable
{
    /// <summary>How often the connections are looked at: so much later than its deadline one may be cut.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<IWatchedConnection, Standing> _connections = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _deadline;
    private readonly ITimer _timer;
    private long _cut;
    private int _looking;

    /// <summary>Watches until it is disposed.</summary>
    public WriteWatch(TimeProvider time, TimeSpan deadline)
    {
        (_time, _deadline) = (time, deadline);
        _timer = time.CreateTimer(static watch => ((WriteWatch)watch!).Look(), this, Interval, Interval);
    }

    /// <summary>Connections that were cut.</summary>
    public long Cut => Interlocked.Read(ref _cut);

    /// <summary>Watches a connection from now on.</summary>
    public void Add(IWatchedConnection connection) => _connections[connection] = new Standing { Since = _time.GetTimestamp() };

    /// <summary>It is closed.</summary>
    public void Remove(IWatchedConnection connection) => _connections.TryRemove(connection, out _);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // A look at many connections may last longer than the time to the next one.
        if (Interlocked.Exchange(ref _looking, 1) != 0)
            return;

        try
        {
            foreach (var (connection, standing) in _connections)
                Look(connection, standing);
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private void Look(IWatchedConnection connection, Standing standing)
    {
        if (connection.Progress is not { } progress)
            return;

        if (!progress.IsOutstanding || progress.Acknowledged != standing.Acknowledged)
            (standing.Acknowledged, standing.Since) = (progress.Acknowledged, _time.GetTimestamp());
        else if (_time.GetElapsedTime(standing.Since) >= _deadline && _connections.TryRemove(connection, out _))
        {
            Interlocked.Increment(ref _cut);
            connection.Cut();
        }
    }

    /// <summary>What was seen of a connection last, and since when. Used by the look only.</summary>
    private sealed class Standing
    {
        public long Acknowledged { get; set; } = -1;

        public long Since { get; set; }
    }
}
