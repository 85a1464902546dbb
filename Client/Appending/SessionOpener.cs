using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client.Appending;

/// <summary>
/// Opens sessions, and knows where that is not possible: a proxy on the way may forbid it, or the server may not know it. One for all appenders of a
/// client; safe for use by any number of threads.
/// </summary>
/// <param name="http">Carries the upgrades; every session takes a connection of it.</param>
/// <param name="patience">Longest time to open one.</param>
/// <param name="timeout">Longest time from sending a batch to its answer.</param>
/// <param name="time">The clock.</param>
/// <param name="closed">The client is disposed.</param>
/// <param name="proxy">What stands between, for messages; null if nothing does.</param>
internal sealed class SessionOpener(
    HttpClient http, TimeSpan patience, TimeSpan timeout, TimeProvider time, CancellationToken closed, string? proxy = null)
{
    /// <summary>
    /// How long nobody tries again after something on the way has refused; twice as long each further time. A proxy does not change its mind, but may be
    /// taken away; and one that says nothing costs the one who tries all its patience.
    /// </summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    /// <summary>Most doublings of <see cref="Remembered"/>: to about an hour.</summary>
    private const int MaxDoublings = 6;

    private readonly Lock _lock = new();
    private int _refusals;
    private long _refusedAt;

    private bool RefusedLately
    {
        get
        {
            lock (_lock)
                return _refusals > 0 && time.GetElapsedTime(_refusedAt) < Remembered * (1 << Math.Min(_refusals - 1, MaxDoublings));
        }
    }

    /// <summary>A session; null where plain requests must do, which also find out what is wrong.</summary>
    /// <exception cref="LogClientException">There is no connection to the server, so nothing else would do either; or the client is closed.</exception>
    public async Task<AppendSession?> TryOpenAsync(Uri address, string producer, int epoch, string? fencingToken, CancellationToken cancellationToken)
    {
        if (RefusedLately)
            return null;

        using var request = Request(address, producer, epoch, fencingToken);
        using var deadline = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken, closed);
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (!AppendSession.IsOpening(response))
                return await RefusedAsync(response, either.Token);

            var session = await AppendSession.OpenAsync(response, timeout, time, closed, either.Token);
            response = null;
            lock (_lock)
                _refusals = 0;

            return session;
        }
        catch (Exception) when (closed.IsCancellationRequested)
        {
            throw new LogClientException(LogClientErrors.Closed, "The client is closed.");
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("Opening the session was given up.", e, cancellationToken);
        }
        catch (HttpRequestException e) when (IsUnreachable(e))
        {
            throw ProblemMapping.FromConnection(e, changes: false, nothingSent: false, proxy);
        }
        catch (Exception)
        {
            // Broken off, silent, or not what a session looks like: whatever it is, it is between here and the server.
            return Refused();
        }
        finally
        {
            response?.Dispose();
        }
    }

    private static HttpRequestMessage Request(Uri address, string producer, int epoch, string? fencingToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Connection.Add("Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", SessionFormat.Protocol);
        new ProducerStamp(producer, epoch, Sequence: 0).AddOwnerTo(request);
        if (fencingToken is not null)
            request.Headers.TryAddWithoutValidation(WireHeaders.FencingToken, fencingToken);

        return request;
    }

    private static bool IsUnreachable(HttpRequestException failure) =>
        ProblemMapping.FromConnection(failure, changes: false, nothingSent: false).Code == LogClientErrors.Unreachable;

    // A server of ours that can open sessions, and does not now or not this one, is no reason to leave the others alone.
    private async Task<AppendSession?> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var ours = await ProblemMapping.TryReadAsync(response, cancellationToken);
            return ours?.Code is null or WireErrors.BadRequest ? Refused() : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The connection broke in the middle of the answer, which says nothing of the next one.
            return null;
        }
    }

    private AppendSession? Refused()
    {
        lock (_lock)
        {
            _refusals++;
            _refusedAt = time.GetTimestamp();
        }

        return null;
    }
}
