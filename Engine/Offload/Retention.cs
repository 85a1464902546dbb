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
    /// <param name="tail">The stream's tail.</param>
    /// <param name="uncut">Bytes behind the last segment.</param>
    /// <param name="now">The time, milliseconds since 1970 UTC.</param>
    /// <returns>LSN below which nothing need be kept; 0 if everything is to be kept.</returns>
    public static long HeadFor(StreamConfig config, ReadOnlySpan<SegmentRef> runs, long tail, long uncut, long now)
    {
        var oldest = config.RetentionAge is { } age ? now - (long)age.TotalMilliseconds : long.MinValue;
        var bytes = uncut;
        for (var i = runs.Length - 1; i >= 0; i--)
        {
            ref readonly var run = ref runs[i];
            if (run.LastTimestamp < oldest || bytes >= config.RetentionBytes || tail - run.End >= config.RetentionRecords)
                return run.End;

            bytes += run.Bytes;
        }

        return 0;
    }
}
