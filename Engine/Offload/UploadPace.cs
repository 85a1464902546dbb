namespace Orleans.Log.Engine.Offload;

/// <summary>Bounds the bytes uploaded per second, on average: whoever uploads waits until what was uploaded before has had its time. Safe for use by any number of threads.</summary>
internal sealed class UploadPace(long? bytesPerSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _free = time.GetTimestamp();

    /// <summary>Ends when so many bytes may go.</summary>
    public Task WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond is not { } rate)
            return Task.CompletedTask;

        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var begin = Math.Max(now, _free);
            wait = time.GetElapsedTime(now, begin);
            _free = begin + (long)((double)bytes / rate * time.TimestampFrequency);
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }
}
