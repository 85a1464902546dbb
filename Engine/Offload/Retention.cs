using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// How much of a stream its configuration lets go: whole segments from the beginning, never anything that is not offloaded. Pure.
/// </summary>
internal static class Retention
{
    /// <summary>
    /// The head that the configuration asks for, from the newest segments of the stream: <paramref name="runs"/>, ascending. Everything in front of them is taken to be older and
    /// larger than nothing, so a bound that they meet by themselves holds for all.
    /// </summary>
    /// <param name="config">What is asked for.</param>
    /// <param name="runs">Segments, ascending, up to the last one.</param>
    /// <param name="records">Records behind the last segment. Not what LSNs say: those that a rebuilt stream leaves out are no records, and would drive out all that are.</param>
    /// <param name="bytes">Their bytes.</param>
    /// <param name="now">The time, milliseconds since 1970 UTC.</param>
    /// <returns>LSN below which nothing need be kept; 0 if everything is to be kept.</returns>
    public static long HeadFor(StreamConfig config, ReadOnlySpan<SegmentRef> runs, long records, long bytes, long now)
    {
        var oldest = config.RetentionAge is { } age ? now - (long)age.TotalMilliseconds : long.MinValue;
        for (var i = runs.Length - 1; i >= 0; i--)
        {
            ref readonly var run = ref runs[i];
            if (run.LastTimestamp < oldest || bytes >= config.RetentionBytes || records >= config.RetentionRecords)
                return run.End;

            bytes += run.Bytes;
            records += run.End - run.First;
        }

        return 0;
    }
}
