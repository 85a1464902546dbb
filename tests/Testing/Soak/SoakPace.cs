namespace Orleans.Log.Testing.Soak;

/// <summary>A rate that all writers share. Who is behind, because the machine had no time for him, makes good for a second at most. Safe for use by several threads.</summary>
public sealed class SoakPace(TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _due;
    private double _rate;

    /// <summary>Bytes per second; 0, at first, for no bound.</summary>
    public double Rate
    {
        set
        {
            lock (_gate)
                _rate = value;
        }
    }

    /// <summary>Ends when so many bytes may be sent.</summary>
    public Task WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        double wait;
        lock (_gate)
        {
            if (_rate == 0)
                return Task.CompletedTask;

            var now = (double)time.GetTimestamp() / time.TimestampFrequency;
            _due = Math.Max(_due, now - 1) + bytes / _rate;
            wait = _due - now;
        }

        return wait > 0 ? Task.Delay(TimeSpan.FromSeconds(wait), time, cancellationToken) : Task.CompletedTask;
    }
}
