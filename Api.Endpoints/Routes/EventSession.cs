using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>What all connections of one event stream together may be given.</summary>
/// <param name="Count">Most records.</param>
/// <param name="Bytes">Most bytes; the record that reaches it is still given.</param>
internal readonly record struct EventBudget(long Count, long Bytes);

/// <summary>
/// One connection of an event stream. Holds one page at a time and reads the next when the connection has taken the last, so a slow
/// caller costs no memory. Between pages it waits in the log, where nothing polls.
/// </summary>
internal sealed class EventSession(ILogStream stream, ReadRequest range, EventCursor start, EventBudget budget, CancellationToken stop)
{
    private ReadRequest _request = range;
    private EventCursor _cursor = start;
    private ReadPage? _first;

    private bool Spent => _cursor.Count >= budget.Count || _cursor.Bytes >= budget.Bytes;

    /// <summary>Reads the first page, without waiting where that can be. Returns true if there is nothing to give, now or later.</summary>
    public async ValueTask<bool> OpenAsync()
    {
        if (Spent)
            return true;

        try
        {
            _first = await stream.ReadAsync(Bounded(TimeSpan.Zero), stop);
        }
        catch (LogException e) when (e.Code == LogErrorCode.Unwritten)
        {
            // A start beyond the tail is worth waiting for, which a read without waiting refuses.
            _first = await stream.ReadAsync(Bounded(_request.Wait), stop);
        }

        return _first.Records.IsEmpty && Ended(_first);
    }

    /// <summary>Gives the first page, then follows.</summary>
    public async Task RunAsync(EventWriter writer, TimeProvider time)
    {
        var page = _first;
        while (page is not null)
        {
            using (page)
            {
                _cursor = _cursor.After(page);
                _request = _request with { Origin = ReadOrigin.Lsn, Start = page.Next, Clamp = false };
                if (!page.Records.IsEmpty)
                    await writer.BatchAsync(page, _cursor);

                if (page.Sealed && page.Next >= page.Tail)
                    await writer.SealedAsync(page, _cursor);
                else if (page.Records.IsEmpty && !Ended(page))
                    await writer.PingAsync(time.GetUtcNow().ToUnixTimeMilliseconds());

                if (Spent || Ended(page))
                    return;
            }

            page = await stream.ReadAsync(Bounded(_request.Wait), stop);
        }
    }

    // Read to the end of a sealed stream; or nothing came although there is more, so the bound in time is reached.
    private static bool Ended(ReadPage page) =>
        (page.Sealed && page.Next >= page.Tail) || (page.Records.IsEmpty && page.Next < page.Tail);

    private ReadRequest Bounded(TimeSpan wait) => _request with
    {
        Wait = wait,
        MaxRecords = (int)Math.Min(budget.Count - _cursor.Count, EventWriter.BatchRecords),
        MaxBytes = (int)Math.Min(budget.Bytes - _cursor.Bytes, EventWriter.BatchBytes),
    };
}
