namespace Orleans.Log.Api.Endpoints.Sessions;

/// <summary>Why a session ends before its caller ends it.</summary>
internal enum Interruption
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>The server stops.</summary>
    Stopping,

    /// <summary>Answers cannot be sent any more.</summary>
    Broken,

    /// <summary>Nothing came for long.</summary>
    Idle,

    /// <summary>A frame that has begun does not come to its end.</summary>
    SlowFrame,
}

/// <summary>
/// Ends sessions whose caller keeps them waiting: a caller that is gone without a word would hold its place for ever. One timer that looks now and then,
/// so that a frame costs a reading of the clock and no timer. The loop that reads says what it waits for; nothing else may call it.
/// </summary>
internal sealed class SessionWatch(TimeProvider time, Action<Interruption> interrupt)
{
    /// <summary>Longest time in which no frame begins; longer than the keep-alive of common proxies. Who comes back opens another session.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(130);

    /// <summary>Longest time from the first byte of a frame to its last, for 4 MiB 140 KB/s: memory is held for it meanwhile.</summary>
    public static readonly TimeSpan FrameTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Since when something is expected of the caller, and since when a frame is not whole; 0 for no.
    private long _expectedSince;
    private long _frameSince;

    /// <summary>Looks until what it returns is disposed.</summary>
    public ITimer Start() => time.CreateTimer(static self => ((SessionWatch)self!).Look(), this, Interval, Interval);

    /// <summary>It is the caller's turn.</summary>
    public void Expect() => Volatile.Write(ref _expectedSince, time.GetTimestamp());

    /// <summary>Something came: until it is worked up, nothing is expected.</summary>
    public void Pause() => Volatile.Write(ref _expectedSince, 0);

    /// <summary>There is a part of a frame, perhaps of one that began earlier.</summary>
    public void FrameBegan() => Volatile.Write(ref _frameSince, _frameSince == 0 ? time.GetTimestamp() : _frameSince);

    /// <summary>The frame is whole.</summary>
    public void FrameEnded() => Volatile.Write(ref _frameSince, 0);

    private void Look()
    {
        var frame = Volatile.Read(ref _frameSince);
        var expected = Volatile.Read(ref _expectedSince);
        if (expected == 0)
            return;

        if (frame != 0 && time.GetElapsedTime(frame) >= FrameTimeout)
            interrupt(Interruption.SlowFrame);
        else if (frame == 0 && time.GetElapsedTime(expected) >= IdleTimeout)
            interrupt(Interruption.Idle);
    }
}
