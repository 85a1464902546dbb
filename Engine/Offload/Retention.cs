using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// How much of a stream its configuration lets go: whole segments from the beginning, never anything that is not offloaded. Pure. Each answer is a number of
/// segments. Everything in front of those given is taken to be older and larger than nothing, so a bound that they meet by themselves holds for all.
/// </summary>
internal static class Retention
{
    /// <summary>How many of the segments the bounds of size let go.</summary>
    /// <param name="config">What is asked for.</param>
    /// <param name="runs">Segments, ascending, up to the last one.</param>
    /// <param name="records">Records behind the last segment. Not what LSNs say: those that a rebuilt stream leaves out are no records, and would drive out all that are.</param>
    /// <param name="bytes">Their bytes.</param>
    public static int BeyondSize(StreamConfig config, ReadOnlySpan<SegmentRef> runs, long records, long bytes)
    {
        for (var i = runs.Length - 1; i >= 0; i--)
        {
            if (bytes >= config.RetentionBytes || records >= config.RetentionRecords)
                return i + 1;

            bytes += runs[i].Bytes;
            records += runs[i].End - runs[i].First;
        }

        return 0;
    }

    /// <summary>How many of the segments have no record with a timestamp of a time or later, in milliseconds since 1970 UTC.</summary>
    public static int StampedBefore(ReadOnlySpan<SegmentRef> runs, long time)
    {
        var count = runs.Length;
        while (count > 0 && runs[count - 1].LastTimestamp >= time)
            count--;

        return count;
    }
}
