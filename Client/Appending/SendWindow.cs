namespace Orleans.Log.Client.Appending;

/// <summary>
/// Bounds the bytes that are on their way at once. Small batches in parallel are what a pipeline is for; large ones arrive piece by
/// piece, overtake each other on their connections, and every one that does is refused and sent again in full. (Measured with a commit of
/// 1 ms: 1 KB batches, 8 at once, gave 6 times the rate of 1 at once and one overtake in a thousand; 1 MB batches, 8 at once, lost to 1 at
/// once, every third being refused.)
/// </summary>
internal sealed class SendWindow
{
    /// <summary>Most bytes on their way, unless a single batch is larger.</summary>
    public const int Bytes = 512 * 1024;

    private readonly Lock _lock = new();
    private long _used;
    private TaskCompletionSource? _freed;

    /// <summary>Waits until there is room, and takes it.</summary>
    public async ValueTask EnterAsync(int bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task freed;
            lock (_lock)
            {
                if (_used == 0 || _used + bytes <= Bytes)
                {
                    _used += bytes;
                    return;
                }

                _freed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                freed = _freed.Task;
            }

            await freed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes room that may not be there.</summary>
    public void Force(int bytes)
    {
        lock (_lock)
            _used += bytes;
    }

    /// <summary>Gives room back.</summary>
    public void Leave(int bytes)
    {
        lock (_lock)
        {
            _used -= bytes;
            _freed?.SetResult();
            _freed = null;
        }
    }
}
