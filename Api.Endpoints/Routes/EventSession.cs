using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>What all connections of one event stream together may be given.</summary>
/// <param name="Count">Most records.</param>
/// <param name="Bytes">Most bytes; the record that reaches it is still given.</param>
internal readonly record struct EventBudget(long Count, long Bytes);

/// <summary>
/// One connection of an event stream. Holds one page at a time, a small one if the caller is slow (<see cref="FollowPace"/>), and reads the next when the connection has taken the last.
/// Between pages it waits in the log, where nothing polls.
/// </summary>
internal sealed class EventSession(
    ILogStream stream, ReadRequest range, EventCursor start, EventBudget budget, Services services, CancellationToken stop) : IDisposable
{
    private readonly FollowPace _pace = new(services.Pages, services.Time);
    private ReadRequest _request = range;
    private EventCursor _cursor = start;
    private ReadPage? _first;
    private long _held;

    /// <summary>Longest time without an event.</summary>
    public required TimeSpan Ping { get; init; }

    /// <summary>Continue at the head where the next record has been trimmed, instead of ending.</summary>
    public required bool Clamp { get; init; }

    /// <summary>The first page is the end of a sealed stream.</summary>
    public bool OpensAtSeal => _first is { Sealed: true } page && page.Next >= page.Tail;

    private TimeProvider Time => services.Time;

    private bool Spent => _cursor.Count >= budget.Count || _cursor.Bytes >= budget.Bytes;

    private bool IsUntilOver => _request.Until <= Time.GetUtcNow().ToUnixTimeMilliseconds();

    // A start that is a time stays one until its first record has come: the tail of that moment would let older records through.
    private bool IsPositioned => _request.Origin == ReadOrigin.Lsn;

    /// <summary>Reads the first page without waiting, so that the answer can begin. Returns true if there is nothing to give, now or later.</summary>
    public async ValueTask<bool> OpenAsync()
    {
        if (Spent)
            return true;

        var isLast = IsUntilOver;
        try
        {
            _first = await stream.ReadAsync(Bounded(TimeSpan.Zero), stop);
        }
        catch (LogException e) when (e.Code == LogErrorCode.Unwritten && _request.Origin == ReadOrigin.Lsn)
        {
            // A start beyond the tail is worth waiting for, unless the tail will never move.
            if ((await stream.CheckTailAsync(stop)).Sealed)
                throw;

            return isLast;
        }

        return _first.Records.IsEmpty && (isLast || Ended(_first));
    }

    /// <summary>Gives the first page, then follows.</summary>
    public async Task RunAsync(EventWriter writer)
    {
        if (_first is { } first ? await GiveAsync(first, writer, isLast: false) : await PingAsync(writer))
            return;

        while (true)
        {
            var wait = Wait();
            if (await ReadAsync(wait) is not { } page || await GiveAsync(page, writer, isLast: wait == TimeSpan.Zero))
                return;
        }
    }

    /// <summary>What is still held; after the last call.</summary>
    public void Dispose()
    {
        _first?.Dispose();
        services.Pages.Release(ref _held);
    }

    private async ValueTask WriteAsync(EventWriter writer, ReadPage page, long bytes)
    {
        services.Pages.Hold(ref _held, bytes);
        _pace.Begin();
        await writer.BatchAsync(page, _cursor);
    }

    private async ValueTask FlushAsync(EventWriter writer)
    {
        await writer.FlushAsync();
        _pace.End(_held);
        services.Pages.Release(ref _held);
    }

    // Read to the end of a sealed stream; or nothing came although there is more, so the bound in time is reached.
    private static bool Ended(ReadPage page) =>
        (page.Sealed && page.Next >= page.Tail) || (page.Records.IsEmpty && page.Next < page.Tail);

    /// <summary>Gives a page and disposes of it. Returns true if it was the last one.</summary>
    private async ValueTask<bool> GiveAsync(ReadPage page, EventWriter writer, bool isLast)
    {
        var isEmpty = page.Records.IsEmpty;
        var ended = Ended(page) || (isLast && isEmpty);
        using (page)
        {
            var bytes = _cursor.Bytes;
            _cursor = _cursor.After(page);
            if (!isEmpty || _request.Origin != ReadOrigin.Timestamp)
                _request = _request with { Origin = ReadOrigin.Lsn, Start = page.Next, Clamp = Clamp };

            if (!isEmpty)
                await WriteAsync(writer, page, _cursor.Bytes - bytes);
        }

        // The records are no longer in memory while the caller takes the event.
        if (!isEmpty)
            await FlushAsync(writer);

        if (page.Sealed && page.Next >= page.Tail)
            await writer.SealedAsync(page, _cursor);
        else if (isEmpty && !ended && !IsUntilOver)
            await PingAsync(writer);

        return ended || Spent;
    }

    private async ValueTask<bool> PingAsync(EventWriter writer)
    {
        await writer.PingAsync(Time.GetUtcNow().ToUnixTimeMilliseconds(), IsPositioned ? _cursor : null);
        return false;
    }

    /// <summary>The next page; null if the bound in time has passed before the stream reached the start.</summary>
    private async ValueTask<ReadPage?> ReadAsync(TimeSpan wait)
    {
        try
        {
            return await stream.ReadAsync(Bounded(wait), stop);
        }
        catch (LogException e) when (e.Code == LogErrorCode.Unwritten && wait == TimeSpan.Zero)
        {
            return null;
        }
    }

    /// <summary>How long the next read may wait. Zero once the bound in time has passed: what is committed by then is still given.</summary>
    private TimeSpan Wait()
    {
        if (_request.Until is not { } until)
            return Ping;

        var left = until - Time.GetUtcNow().ToUnixTimeMilliseconds();
        return left <= 0 ? TimeSpan.Zero : left < Ping.TotalMilliseconds ? TimeSpan.FromMilliseconds(left) : Ping;
    }

    private ReadRequest Bounded(TimeSpan wait) => _request with
    {
        Wait = wait,
        MaxRecords = (int)Math.Min(budget.Count - _cursor.Count, EventWriter.BatchRecords),
        MaxBytes = (int)Math.Min(budget.Bytes - _cursor.Bytes, _pace.MaxBytes),
    };
}
