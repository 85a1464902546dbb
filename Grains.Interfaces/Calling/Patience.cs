namespace Orleans.Log.Grains.Calling;

/// <summary>
/// How long a call that may be made again waits for its answer. One that was at a silo when that was lost has no end but Orleans' own time-out, which is long; asking again costs little, because what has been done is answered
/// as done, or waited for together with the first call.
/// </summary>
internal static class Patience
{
    /// <summary>That of the first attempt.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(2);

    /// <summary>That of the others: no longer, because a silo that was lost is back within seconds, and who asks it seldom finds out late.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    /// <summary>That of an attempt after so many that had no answer; a refusal is one.</summary>
    public static TimeSpan After(int unanswered) => unanswered == 0 ? First : Longest;
}
