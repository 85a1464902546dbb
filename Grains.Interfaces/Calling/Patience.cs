namespace Orleans.Log.Grains.Calling;

/// <summary>
/// How long a call that may be made again waits for its answer. One that was at a silo when that was lost has no end but Orleans' own time-out, which is long; asking again costs little, because what has been done is answered
/// as done, or waited for together with the first call.
/// </summary>
internal static class Patience
{
    /// <summary>That of the first attempt; each further one has twice as much.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(2);

    /// <summary>It does not grow beyond this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(16);

    /// <summary>That of an attempt after so many without an answer.</summary>
    public static TimeSpan After(int unanswered) => unanswered >= 3 ? Longest : First * (1 << unanswered);
}
