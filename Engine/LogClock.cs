using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Orleans.Log.Engine;

/// <summary>
/// Measures ages for acts that cannot be undone: trimming by age, forgetting producers. It never believes one reading of the wall clock. Within a process ages
/// come from the monotonic clock. Across processes the clock begins at the time that the last checkpoint knew, and follows the wall clock downwards immediately,
/// but upwards only after the wall clock has run steadily for the settle time. Until then ages are too small, so too much is kept. Safe for use by any number of threads.
/// </summary>
internal sealed class LogClock
{
    /// <summary>Time for which the wall clock must run steadily before a forward jump of it is believed.</summary>
    public static readonly TimeSpan DefaultSettle = TimeSpan.FromHours(12);

    // A change of the distance between the two clocks that is another jump, and a lead of the wall clock that is worth a line in the log; milliseconds.
    private const long SteadyWithin = 60_000;
    private const long Noticeable = 3_600_000;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _settle;
    private readonly long _started;
    private long? _lastKnown;

    // Believed time is this plus the uptime; and the distance that the wall clock has now, since when.
    private long _offset;
    private long? _watched;
    private long _watchedSince;

    // Time for which no process ran, as far as it is believed; added to the age of everything seen before the start.
    private long _downtime;
    private bool _downtimeIsKnown = true;

    /// <summary>A clock that believes the wall clock's first reading, for a directory that has nothing to lose. See <see cref="Begin"/>.</summary>
    public LogClock(TimeProvider time, TimeSpan? settle = null, ILogger? logger = null)
    {
        _time = time;
        _logger = logger ?? NullLogger.Instance;
        _settle = (long)(settle ?? DefaultSettle).TotalMilliseconds;
        _started = time.GetTimestamp();
        _offset = Wall - Uptime;
    }

    /// <summary>Milliseconds of the monotonic clock since this one was made; 1 or more, so that everything seen in this process is positive.</summary>
    public long Uptime => 1 + Math.Max(0, (long)_time.GetElapsedTime(_started).TotalMilliseconds);

    /// <summary>The believed time, in milliseconds since 1970 UTC. Never ahead of the wall clock; behind it while a jump is not believed yet.</summary>
    public long Now
    {
        get
        {
            lock (_gate)
            {
                Look();
                return _offset + Uptime;
            }
        }
    }

    /// <summary>How far the wall clock is ahead of the believed time: 0 unless it has jumped.</summary>
    public TimeSpan Ahead
    {
        get
        {
            lock (_gate)
                return TimeSpan.FromMilliseconds(Math.Max(0, Wall - Uptime - _offset));
        }
    }

    private long Wall => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>An earlier process knew this time, in milliseconds since 1970 UTC. Recovery only, before <see cref="SeenAt"/>.</summary>
    public void Begin(long lastKnown)
    {
        lock (_gate)
        {
            (_lastKnown, _downtimeIsKnown) = (lastKnown, false);
            _offset = Math.Min(_offset, lastKnown - Uptime);
            Look();
        }
    }

    /// <summary>Compares the two clocks. Called every minute, so that a clock that runs wrong for a while in between is noticed.</summary>
    public void Observe()
    {
        lock (_gate)
            Look();
    }

    /// <summary>The uptime at which something was seen that an earlier process dated; 0 or less, or now if no earlier time is known.</summary>
    public long SeenAt(long time) => _lastKnown is { } known ? Math.Min(0, time - known) : Uptime;

    /// <summary>How long ago an uptime was, in milliseconds; of one before the start too little until the downtime is believed.</summary>
    public long Age(long seen) => Uptime - seen + (seen <= 0 ? Volatile.Read(ref _downtime) : 0);

    private void Look()
    {
        var uptime = Uptime;
        var offset = Wall - uptime;
        if (offset <= _offset)
        {
            (_offset, _watched, _downtimeIsKnown) = (offset, null, true);
            return;
        }

        if (_watched is not { } watched || Math.Abs(offset - watched) > SteadyWithin)
        {
            (_watched, _watchedSince) = (offset, uptime);
            if (offset - _offset >= Noticeable && _settle > 0)
            {
                _logger.LogWarning(
                    "The wall clock is {Ahead} ahead of the last time that this log knew, {Known:u}. Retention by age and the expiry of producers do not count that "
                    + "time until the clock has run steadily for {Settle}",
                    TimeSpan.FromMilliseconds(offset - _offset),
                    DateTimeOffset.FromUnixTimeMilliseconds(_offset + uptime),
                    TimeSpan.FromMilliseconds(_settle));
            }
        }

        if (uptime - _watchedSince < _settle)
            return;

        if (offset - _offset >= Noticeable)
            _logger.LogInformation("The wall clock is believed again: {Jump} counts as time that has passed", TimeSpan.FromMilliseconds(offset - _offset));

        if (!_downtimeIsKnown)
            Volatile.Write(ref _downtime, offset - _offset);

        (_offset, _watched, _downtimeIsKnown) = (offset, null, true);
    }
}
