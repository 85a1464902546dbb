namespace Orleans.Log.Client.Appending;

/// <summary>
/// A batch between its call and its callback. Until it is accepted it belongs to the call; then to the sending loop until it is
/// handed on, and from there to the completing loop: no two of them at once, so nothing here is locked.
/// </summary>
internal sealed class PendingBatch(IOutgoingBatch body, int size, AppendCallback callback) : IDisposable
{
    private const int LeastWaitingBytes = 4096;

    private CancellationTokenSource? _deadline;
    private CancellationTokenSource? _linked;

    public AppendCallback Callback { get; } = callback;

    /// <summary>Its number, from 0; fixed when it is accepted.</summary>
    public long Sequence { get; set; }

    /// <summary>The latest attempt to send it; null if there was none.</summary>
    public Task<AppendAck>? Attempt { get; set; }

    /// <summary>Everything before it was settled when the latest attempt began, so that attempt cannot have overtaken anything.</summary>
    public bool SentAsOldest { get; set; }

    /// <summary>When the first attempt began, as a timestamp of the appender's clock.</summary>
    public long FirstSent { get; set; }

    /// <summary>Number of attempts.</summary>
    public int Attempts { get; set; }

    /// <summary>An attempt has failed without telling whether it had happened.</summary>
    public bool MayHaveHappened { get; set; }

    /// <summary>Fires when the appender gives up or the batch's own time is over.</summary>
    public CancellationToken Cancel { get; private set; }

    /// <summary>What it counts against <see cref="AppenderOptions.MaxWaitingBytes"/>; a small one costs more than its body.</summary>
    public long WaitingBytes { get; } = Math.Max(size, LeastWaitingBytes);

    /// <summary>Begins an attempt.</summary>
    public ValueTask<Task<AppendAck>> SendAsync() => body.SendAsync(Sequence, SentAsOldest, Cancel);

    /// <summary>Starts the clock of an accepted batch.</summary>
    public void Arm(TimeSpan left, TimeProvider time, CancellationToken abort)
    {
        Cancel = abort;
        if (left == Timeout.InfiniteTimeSpan)
            return;

        _deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, abort);
        Cancel = _linked.Token;
    }

    /// <summary>Its outcome is known. The body goes back to the pool only if no attempt can still be reading it.</summary>
    public void Dispose()
    {
        _linked?.Dispose();
        _deadline?.Dispose();
        if (Attempts == 0 || (Attempts == 1 && Attempt is { IsCompletedSuccessfully: true }))
            body.Dispose();
    }
}
