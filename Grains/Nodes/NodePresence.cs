namespace Orleans.Log.Grains.Nodes;

/// <summary>
/// Whether this process may still answer for its node. A process that was stopped for a while, and wakes up, cannot know what happened meanwhile: its node may have been given up and replaced. So the
/// registration ticks while it lives, and when the time between two ticks was too long, no append is acknowledged before the cluster's metadata has confirmed, in a read that began afterwards, that the node
/// is still what it was. A metadata store that is merely away stops nobody: the ticks go on. Safe for use by any number of threads.
/// </summary>
/// <remarks>
/// No order of records and no LSN depends on this: a node that is replaced goes on behind every LSN that the old one could have given. It keeps a woken process from acknowledging what nobody will ever read. What it cannot
/// shut out is a process that is stopped between this look and the answer's last byte.
/// </remarks>
internal sealed class NodePresence(TimeProvider time, TimeSpan longestGap)
{
    private readonly Lock _gate = new();
    private long _tick = time.GetTimestamp();
    private volatile TaskCompletionSource? _suspended;
    private volatile LogException? _lost;

    /// <summary>The registration lives. Returns true if it had not for too long: then it must confirm.</summary>
    public bool Tick()
    {
        lock (_gate)
        {
            Look();
            _tick = time.GetTimestamp();
            return _suspended is not null;
        }
    }

    /// <summary>The cluster's metadata says, in a read that began after the gap, that the node is what it was.</summary>
    public void Confirm()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            waiting = _suspended;
            _suspended = null;
        }

        waiting?.TrySetResult();
    }

    /// <summary>The node is another's. Nothing is acknowledged any more.</summary>
    public void Lose(LogException reason)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _lost = reason;
            waiting = _suspended;
            _suspended = null;
        }

        waiting?.TrySetException(reason);
    }

    /// <summary>Ends when an acknowledgement may be given; at once while all is well.</summary>
    public ValueTask WhenConfirmedAsync()
    {
        if (_lost is null && _suspended is null && time.GetElapsedTime(Volatile.Read(ref _tick)) < longestGap)
            return ValueTask.CompletedTask;

        lock (_gate)
        {
            if (_lost is { } lost)
                return ValueTask.FromException(new LogException(lost.Code, lost.Message, lost.Facts, lost));

            Look();
            return _suspended is { } suspended ? new ValueTask(suspended.Task) : ValueTask.CompletedTask;
        }
    }

    private void Look()
    {
        if (_lost is null && time.GetElapsedTime(_tick) >= longestGap)
            _suspended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
