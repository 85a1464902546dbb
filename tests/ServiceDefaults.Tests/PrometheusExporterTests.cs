using System.Diagnostics.Metrics;
using Orleans.Log.ServiceDefaults.Metrics;

namespace Orleans.Log.ServiceDefaults.Tests;

public sealed class PrometheusExporterTests : IDisposable
{
    // A name of its own: listeners see every meter of the process, and tests of one process run at once.
    private readonly string _name = $"test-{Interlocked.Increment(ref _count)}";
    private readonly Meter _meter;
    private readonly PrometheusExporter _exporter;
    private static int _count;

    public PrometheusExporterTests()
    {
        _meter = new Meter(_name);
        _exporter = new PrometheusExporter(_name);
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_add_up_by_labels()
    {
        var counter = _meter.CreateCounter<long>("app.requests", "{request}", "Requests answered");
        counter.Add(1);
        counter.Add(2, new KeyValuePair<string, object?>("code", "ok"));
        counter.Add(3, new KeyValuePair<string, object?>("code", "ok"));
        counter.Add(4, new KeyValuePair<string, object?>("code", 404));

        Exposed("app_requests").ShouldBe("""
            # HELP app_requests_total Requests answered
            # TYPE app_requests_total counter
            app_requests_total 1
            app_requests_total{code="404"} 4
            app_requests_total{code="ok"} 5

            """);
    }

    [Fact]
    public void Histograms_have_cumulative_buckets_a_sum_and_a_count()
    {
        var histogram = _meter.CreateHistogram<double>("flush.duration", "s", "Flushes", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 })
            histogram.Record(value, new KeyValuePair<string, object?>("disk", "a"));

        Exposed("flush_duration").ShouldBe("""
            # HELP flush_duration_seconds Flushes
            # TYPE flush_duration_seconds histogram
            flush_duration_seconds_bucket{disk="a",le="0.1"} 2
            flush_duration_seconds_bucket{disk="a",le="1"} 3
            flush_duration_seconds_bucket{disk="a",le="+Inf"} 4
            flush_duration_seconds_sum{disk="a"} 7.65
            flush_duration_seconds_count{disk="a"} 4

            """);
    }

    [Fact]
    public void Gauges_and_observed_values_are_shown_as_they_are_and_disappear_when_they_are_gone()
    {
        var streams = new List<Measurement<int>> { new(3, new KeyValuePair<string, object?>("kind", "open")), new(4) };
        _meter.CreateObservableGauge("streams", () => streams, "{stream}", "Streams");
        _meter.CreateObservableCounter("bytes.read", () => 77L, "By", "Bytes");
        _meter.CreateGauge<double>("temperature").Record(-1.5);
        _meter.CreateUpDownCounter<int>("waiting").Add(2);

        Exposed("streams").ShouldBe("# HELP streams Streams\n# TYPE streams gauge\nstreams 4\nstreams{kind=\"open\"} 3\n");
        Exposed("bytes_read").ShouldEndWith("bytes_read_bytes_total 77\n");
        Exposed("bytes_read").ShouldEndWith("bytes_read_bytes_total 77\n", Case.Sensitive, "an observed counter reports its sum, which must not be added up");
        Exposed("temperature").ShouldEndWith("\ntemperature -1.5\n");
        Exposed("waiting").ShouldEndWith("\nwaiting 2\n");

        streams.RemoveAt(0);
        Exposed("streams").ShouldNotContain("open");
    }

    [Fact]
    public void Whatever_stands_in_labels_and_descriptions_stays_within_its_line()
    {
        var counter = _meter.CreateCounter<int>("odd-name.9/x", unit: null, "line one\nline \\two \"quoted\"");
        counter.Add(1, new KeyValuePair<string, object?>("1st key", "a\"b\\c\nd} 99"));

        Exposed("odd_name").ShouldBe(
            "# HELP odd_name_9_x_total line one\\nline \\\\two \"quoted\"\n# TYPE odd_name_9_x_total counter\n"
            + "odd_name_9_x_total{_1st_key=\"a\\\"b\\\\c\\nd} 99\"} 1\n");
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(1e21, "1E+21")]
    public void Odd_numbers_have_their_spelling(double value, string text)
    {
        _meter.CreateGauge<double>("odd").Record(value);
        Exposed("odd").ShouldEndWith($"\nodd {text}\n");
    }

    [Fact]
    public void A_counter_that_met_a_NaN_goes_on_counting_without_end()
    {
        var histogram = _meter.CreateHistogram<double>("h");
        histogram.Record(double.NaN);
        histogram.Record(1);
        Exposed("h").ShouldEndWith("h_count 2\n");
    }

    [Fact]
    public void Other_meters_are_not_shown()
    {
        using var other = new Meter(_name + "-other");
        other.CreateCounter<int>("foreign").Add(1);
        _exporter.Render().ShouldNotContain("foreign");
    }

    [Fact]
    public void Series_are_bounded_and_what_is_over_is_counted()
    {
        var counter = _meter.CreateCounter<int>("wild");
        for (var i = 0; i < MetricFamily.MaxSeries + 5; i++)
            counter.Add(1, new KeyValuePair<string, object?>("key", i));

        var text = _exporter.Render();
        text.Split('\n').Count(line => line.StartsWith("wild_total{", StringComparison.Ordinal)).ShouldBe(MetricFamily.MaxSeries);
        text.ShouldEndWith("orleans_log_metrics_dropped_measurements_total 5\n");
    }

    [Fact]
    public void Recording_from_many_threads_loses_nothing()
    {
        var counter = _meter.CreateCounter<long>("busy");
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 10_000; i++)
                counter.Add(1, new KeyValuePair<string, object?>("key", i % 7));
        });

        Exposed("busy").Split('\n').Where(line => line.StartsWith("busy_total{", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(80_000);
    }

    [Fact]
    public void Recording_into_a_known_series_allocates_nothing()
    {
        var counter = _meter.CreateCounter<long>("append.records");
        var code = new KeyValuePair<string, object?>("code", "ok");
        for (var i = 0; i < 1_000; i++)
            counter.Add(1, code);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            counter.Add(1, code);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000);
    }

    /// <summary>The lines of the families whose names start like that.</summary>
    private string Exposed(string name) =>
        string.Concat(_exporter.Render().Split('\n').Where(line => line.Contains(' ' + name, StringComparison.Ordinal) || line.StartsWith(name, StringComparison.Ordinal)).Select(line => line + '\n'));
}
