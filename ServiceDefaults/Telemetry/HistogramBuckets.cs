using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace Orleans.Log.ServiceDefaults.Telemetry;

/// <summary>Buckets of histograms that bring none themselves. They are public: queries name them in <c>le</c>.</summary>
internal static class HistogramBuckets
{
    /// <summary>Seconds: from a memory copy to a read's longest wait.</summary>
    private static readonly double[] Durations =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>Bytes and counts: powers of four from one to the largest batch.</summary>
    private static readonly double[] Sizes = [.. Enumerable.Range(0, 13).Select(power => Math.Pow(4, power))];

    /// <summary>The view for an instrument; null if it needs none.</summary>
    public static MetricStreamConfiguration? ViewOf(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => ViewOf(histogram),
        Histogram<long> histogram => ViewOf(histogram),
        Histogram<int> histogram => ViewOf(histogram),
        _ => null,
    };

    private static ExplicitBucketHistogramConfiguration? ViewOf<T>(Histogram<T> histogram)
        where T : struct => histogram.Advice?.HistogramBucketBoundaries is null
        ? new ExplicitBucketHistogramConfiguration { Boundaries = histogram.Unit == "s" ? Durations : Sizes }
        : null;
}
