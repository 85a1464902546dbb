using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>
/// Accepts connections as long as there are places for them, and closes every other one at once, so that at most one descriptor is used beyond the bound. An accept that
/// fails is tried again after a pause: it fails because descriptors or memory are short, and would fail again.
/// </summary>
internal sealed partial class BoundedListener : IConnectionListener
{
    /// <summary>Pause behind an accept that failed.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Socket _socket;
    private readonly SocketConnectionContextFactory _contexts;
    private readonly ConnectionBudget _budget;
    private readonly WriteWatch _watch;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private bool _failing;
    private bool _full;

    /// <summary>Listens on a socket that is bound, and is the listener's from here on.</summary>
    public BoundedListener(Socket socket, SocketConnectionContextFactory contexts, ConnectionBudget budget, WriteWatch watch, TimeProvider time, ILogger logger)
    {
        (_socket, _contexts, _budget, _watch, _time, _logger) = (socket, contexts, budget, watch, time, logger);
        EndPoint = socket.LocalEndPoint!;
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await _socket.AcceptAsync(_stop.Token);
                _failing = false;
                if (TryEnter())
                    return Take(accepted);

                accepted.Dispose();
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // It was gone before it was accepted: no want of anything.
            }
            catch (Exception e) when (e is SocketException or OutOfMemoryException or IOException)
            {
                if (!await RestAsync(e))
                    return null;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _stop.CancelAsync();
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        _contexts.Dispose();
    }

    private bool TryEnter()
    {
        if (_budget.TryEnter())
        {
            _full = false;
            return true;
        }

        // Once for each time that it fills up: a flood must not fill the log.
        if (!_full)
            LogFull(_budget.Max);

        _full = true;
        return false;
    }

    private CountedConnection Take(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            return new CountedConnection(_contexts.Create(accepted), accepted, _budget, _watch);
        }
        catch
        {
            accepted.Dispose();
            _budget.Leave();
            throw;
        }
    }

    private async Task<bool> RestAsync(Exception error)
    {
        if (!_failing)
            LogFailed(error.Message);

        _failing = true;
        try
        {
            await Task.Delay(Pause, _time, _stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Max} connections and sessions are open, as many as there may be: every other one is closed.")]
    private partial void LogFull(int max);

    [LoggerMessage(LogLevel.Warning, "No connection can be accepted ({Reason}); tried again, with pauses.")]
    private partial void LogFailed(string reason);
}
