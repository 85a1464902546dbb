namespace Orleans.Log.Client.Appending;

/// <summary>
/// Holds new batches back while failed ones are sent again, oldest first: the server would refuse every one that comes before the
/// gap is filled. Open unless told otherwise; safe for use by both loops.
/// </summary>
internal sealed class RecoveryGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _opened;
    private long _through;

    /// <summary>Holds back everything until the given sequence is settled.</summary>
    public void Close(long through)
    {
        lock (_lock)
        {
            _opened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _through = Math.Max(_through, through);
        }
    }

    /// <summary>A batch has its outcome.</summary>
    public void Settled(long sequence)
    {
        lock (_lock)
        {
            if (sequence < _through)
                return;

            _opened?.SetResult();
            _opened = null;
        }
    }

    /// <summary>Lets everything through from now on, because nothing will be sent any more.</summary>
    public void OpenForGood() => Settled(long.MaxValue);

    /// <summary>Ends when the gate is open.</summary>
    public Task WaitAsync()
    {
        lock (_lock)
            return _opened?.Task ?? Task.CompletedTask;
    }
}
