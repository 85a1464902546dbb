using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>
/// How large the next event of a follower may be. One that has shown that it takes much gets large ones; one that begins, or is slow, gets small ones, because each is in memory
/// until it is taken. What the kernels between here and there hold looks as if it were taken, so a follower must take some megabytes before it gets the largest. Used by one connection.
/// </summary>
internal sealed class FollowPace(PageBudget budget, TimeProvider time)
{
    /// <summary>An event that takes so long has a slow reader.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    // An event is at most this part of what was taken before.
    private const int Part = 16;

    private long _taken;
    private long _started;

    /// <summary>Bytes of the next event.</summary>
    public int MaxBytes => budget.Fit((int)Math.Clamp(_taken / Part, PageBudget.LeastBytes, EventWriter.BatchBytes));

    /// <summary>An event is being written.</summary>
    public void Begin() => _started = time.GetTimestamp();

    /// <summary>It is in the connection's buffer.</summary>
    public void End(long bytes) => _taken = time.GetElapsedTime(_started) < Slow ? _taken + bytes : 0;
}
