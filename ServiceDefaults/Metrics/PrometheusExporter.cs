using System.Diagnostics.Metrics;
using System.Text;

namespace Orleans.Log.ServiceDefaults.Metrics;

/// <summary>
/// Listens to the process's meters and renders what they recorded in Prometheus' text format. Made before the node, so that recovery is
/// counted too. Safe for use by any number of threads; scrapes run one at a time.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    /// <summary>Seconds: from a memory copy to a read's longest wait.</summary>
    private static readonly double[] DurationBounds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>Bytes and counts: powers of four from one to the largest batch.</summary>
    private static readonly double[] SizeBounds = [.. Enumerable.Range(0, 13).Select(power => Math.Pow(4, power))];

    private readonly Dictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _publishing = new();
    private readonly Lock _scraping = new();
    private readonly MeterListener _listener = new();

    /// <summary>Listens to the meters of these names; a name ending in <c>*</c> is a prefix.</summary>
    public PrometheusExporter(params IReadOnlyList<string> meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meters.Any(pattern => IsNamed(instrument.Meter.Name, pattern)) && FamilyOf(instrument) is { } family)
                listener.EnableMeasurementEvents(instrument, new Target(family, IsAbsolute(instrument)));
        };
        Take<byte>(value => value);
        Take<short>(value => value);
        Take<int>(value => value);
        Take<long>(value => value);
        Take<float>(value => value);
        Take<double>(value => value);
        Take<decimal>(value => (double)value);
        _listener.Start();
    }

    /// <summary>All metrics as they stand.</summary>
    public string Render()
    {
        // Two locks: an observable instrument's callback may wait for somebody who is just then publishing an instrument.
        lock (_scraping)
        {
            foreach (var family in Families())
                family.BeginCollection();

            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            var families = Families();
            foreach (var family in families)
                PrometheusText.Write(text, family);

            PrometheusText.Write(text, Dropped(families));
            return text.ToString();
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _listener.Dispose();

    private static bool IsNamed(string meter, string pattern) =>
        pattern.EndsWith('*') ? meter.StartsWith(pattern[..^1], StringComparison.Ordinal) : string.Equals(meter, pattern, StringComparison.Ordinal);

    /// <summary>Observable instruments and gauges report values as they are; the others report what is to be added.</summary>
    private static bool IsAbsolute(Instrument instrument) => instrument.IsObservable || IsA(instrument, typeof(Gauge<>));

    private static MetricKind KindOf(Instrument instrument) =>
        IsA(instrument, typeof(Counter<>)) || IsA(instrument, typeof(ObservableCounter<>)) ? MetricKind.Counter
        : IsA(instrument, typeof(Histogram<>)) ? MetricKind.Histogram
        : MetricKind.Gauge;

    private static bool IsA(Instrument instrument, Type definition) => instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == definition;

    private static double[] BoundsOf(Instrument instrument)
    {
        IEnumerable<double>? advised = instrument switch
        {
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries,
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
            Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
            _ => null,
        };
        return advised is null ? (instrument.Unit == "s" ? DurationBounds : SizeBounds) : [.. advised];
    }

    private static MetricFamily Dropped(IEnumerable<MetricFamily> families)
    {
        var family = new MetricFamily(
            "orleans_log_metrics_dropped_measurements_total", "Measurements of series beyond the bound of a metric.", MetricKind.Counter, [], observable: false);
        family.Record(families.Sum(other => other.Dropped), absolute: true, []);
        return family;
    }

    private MetricFamily[] Families()
    {
        lock (_publishing)
            return [.. _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)];
    }

    private MetricFamily? FamilyOf(Instrument instrument)
    {
        var kind = KindOf(instrument);
        var name = PrometheusText.MetricName(instrument.Name, instrument.Unit, kind);
        lock (_publishing)
        {
            // The format allows a name one type only: an instrument that would give it a second one is left out.
            if (_families.TryGetValue(name, out var known))
                return known.Kind == kind ? known : null;

            var family = new MetricFamily(name, instrument.Description ?? instrument.Name, kind, BoundsOf(instrument), instrument.IsObservable);
            _families.Add(name, family);
            return family;
        }
    }

    private void Take<T>(Func<T, double> toDouble)
        where T : struct =>
        _listener.SetMeasurementEventCallback<T>((_, value, tags, state) =>
        {
            var target = (Target)state!;
            target.Family.Record(toDouble(value), target.Absolute, tags);
        });

    /// <summary>Where an instrument's measurements go.</summary>
    private sealed record Target(MetricFamily Family, bool Absolute);
}
