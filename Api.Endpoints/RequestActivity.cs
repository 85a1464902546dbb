namespace Orleans.Log.Api.Endpoints;

/// <summary>Whether anybody is asking something, for a host that wants to stop between requests. Safe for use by any number of threads.</summary>
public sealed class RequestActivity(TimeProvider time)
{
    private long _active;
    private long _lastEnd;

    /// <summary>Is no request in progress, and did the last one end that long ago, or was there none?</summary>
    public bool IsQuietFor(TimeSpan duration)
    {
        var last = Volatile.Read(ref _lastEnd);
        return Volatile.Read(ref _active) == 0 && (last == 0 || time.GetElapsedTime(last) >= duration);
    }

    internal void Begin() => Interlocked.Increment(ref _active);

    internal void End()
    {
        Volatile.Write(ref _lastEnd, time.GetTimestamp());
        Interlocked.Decrement(ref _active);
    }
}
