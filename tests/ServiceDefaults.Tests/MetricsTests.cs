using System.Diagnostics.Metrics;
using System.Net;

namespace Orleans.Log.ServiceDefaults.Tests;

/// <summary>What Prometheus scrapes. The names, labels and buckets are public: dashboards and alarms are written against them.</summary>
public sealed class MetricsTests
{
    private static int _count;

    // Of its own for every test: meters are the process's, and tests of one process run at once.
    private readonly string _prefix = $"t{Interlocked.Increment(ref _count)}";

    [Fact]
    public async Task Scrape_shows_the_log_Orleans_the_server_and_the_runtime()
    {
        await using var service = await TestService.StartAsync();
        using var ours = new Meter("OrleansLog");
        ours.CreateCounter<long>("orleans_log.test.things", "{thing}", "Things").Add(3);
        using var orleans = new Meter("Microsoft.Orleans");
        orleans.CreateCounter<long>("orleans-test-things").Add(2);
        using var other = new Meter("Other");
        other.CreateCounter<long>("foreign").Add(1);
        await ScrapeAsync(service);

        var text = await ScrapeAsync(service);

        text.ShouldContain("\norleans_log_test_things_total{} 3\n");
        text.ShouldContain("\norleans_test_things_total{} 2\n");
        text.ShouldContain("\nhttp_server_request_duration_seconds_count{");
        text.ShouldContain("\nkestrel_active_connections{");
        text.ShouldContain("# TYPE dotnet_gc_collections_total counter\n");
        text.ShouldNotContain("foreign");
        text.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).ShouldBeUnique();
    }

    [Fact]
    public async Task Series_carry_their_own_labels_and_no_others()
    {
        await using var service = await TestService.StartAsync();
        using var meter = new Meter("OrleansLog", "1.2.3");
        meter.CreateCounter<long>($"{_prefix}.requests", "{request}").Add(4, new("error.type", "a\"b\\c\nd} 99"), new("code", 404));

        var text = await ScrapeAsync(service);

        text.ShouldContain($"\n{_prefix}_requests_total{{code=\"404\",error_type=\"a\\\"b\\\\c\\nd}} 99\"}} 4\n");
        text.ShouldNotContain("otel_scope");
        text.ShouldNotContain("target_info");
    }

    [Fact]
    public async Task Names_end_with_their_units_spelled_out()
    {
        await using var service = await TestService.StartAsync();
        using var meter = new Meter("OrleansLog");
        meter.CreateCounter<long>($"{_prefix}.read.bytes", "By").Add(1);
        meter.CreateGauge<double>($"{_prefix}.lag.duration", "s").Record(0.5);
        meter.CreateGauge<long>($"{_prefix}.size", "By").Record(2);
        meter.CreateUpDownCounter<long>($"{_prefix}.sessions", "{connection}").Add(3);

        var text = await ScrapeAsync(service);

        text.ShouldContain($"\n{_prefix}_read_bytes_total{{}} 1\n");
        text.ShouldContain($"\n{_prefix}_lag_duration_seconds{{}} 0.5\n");
        text.ShouldContain($"\n{_prefix}_size_bytes{{}} 2\n");
        text.ShouldContain($"\n{_prefix}_sessions{{}} 3\n");
    }

    [Fact]
    public async Task Histograms_without_buckets_of_their_own_have_the_public_ones()
    {
        await using var service = await TestService.StartAsync();
        using var meter = new Meter("OrleansLog");
        meter.CreateHistogram<double>($"{_prefix}.duration", "s").Record(0.00005);
        meter.CreateHistogram<long>($"{_prefix}.size", "By").Record(5);
        meter.CreateHistogram<int>($"{_prefix}.records", "{record}").Record(5);
        meter.CreateHistogram($"{_prefix}.own", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] }).Record(1);

        var text = await ScrapeAsync(service);

        Bounds(text, $"{_prefix}_duration_seconds").ShouldBe("5E-05 0.0001 0.00025 0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 +Inf");
        Bounds(text, $"{_prefix}_size_bytes").ShouldBe("1 4 16 64 256 1024 4096 16384 65536 262144 1048576 4194304 16777216 +Inf");
        Bounds(text, $"{_prefix}_records").ShouldBe("1 4 16 64 256 1024 4096 16384 65536 262144 1048576 4194304 16777216 +Inf");
        Bounds(text, $"{_prefix}_own_seconds").ShouldBe("0.1 1 +Inf");
        text.ShouldContain($"\n{_prefix}_own_seconds_bucket{{le=\"0.1\"}} 0\n{_prefix}_own_seconds_bucket{{le=\"1\"}} 1\n");
    }

    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3")]
    [InlineData("text/plain;version=1.0.0;escaping=allow-utf-8")]
    [InlineData("*/*")]
    public async Task Every_scraper_gets_the_text_format(string accept)
    {
        await using var service = await TestService.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept).ShouldBeTrue();

        using var response = await service.Http.SendAsync(request);

        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await response.Content.ReadAsStringAsync()).ShouldNotContain("# EOF");
    }

    [Fact]
    public async Task Scrape_shows_what_was_counted_since_the_last()
    {
        await using var service = await TestService.StartAsync();
        using var meter = new Meter("OrleansLog");
        var counter = meter.CreateCounter<long>($"{_prefix}.counted");
        for (var count = 1; count <= 3; count++)
        {
            counter.Add(1);
            (await ScrapeAsync(service)).ShouldContain($"\n{_prefix}_counted_total{{}} {count}\n");
        }
    }

    [Fact]
    public async Task Series_are_bounded_and_the_rest_counted_as_overflow()
    {
        await using var service = await TestService.StartAsync();
        using var meter = new Meter("OrleansLog");
        var counter = meter.CreateCounter<int>($"{_prefix}.wild");
        for (var i = 0; i < 10_000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("key", i));

        var text = await ScrapeAsync(service);

        text.Split('\n').Count(line => line.StartsWith($"{_prefix}_wild_total{{", StringComparison.Ordinal)).ShouldBeLessThan(2_100);
        text.ShouldContain($"\n{_prefix}_wild_total{{otel_metric_overflow=\"true\"}} ");
    }

    [Fact]
    public async Task Only_GET_scrapes()
    {
        await using var service = await TestService.StartAsync();

        using var response = await service.Http.PostAsync("/metrics", content: null);

        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Recording_into_a_known_series_allocates_nothing()
    {
        await using var service = await TestService.StartAsync();
        using var meter = new Meter("OrleansLog");
        var counter = meter.CreateCounter<long>($"{_prefix}.append.records");
        var histogram = meter.CreateHistogram<double>($"{_prefix}.append.duration", "s");
        var code = new KeyValuePair<string, object?>("code", "ok");
        Record();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Record();

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000);

        void Record()
        {
            for (var i = 0; i < 1_000; i++)
            {
                counter.Add(1, code);
                histogram.Record(0.001);
            }
        }
    }

    private static async Task<string> ScrapeAsync(TestService service) => await service.Http.GetStringAsync("/metrics");

    /// <summary>The bounds of a histogram's buckets, in order.</summary>
    private static string Bounds(string text, string name) => string.Join(' ', text.Split('\n')
        .Where(line => line.StartsWith($"{name}_bucket{{", StringComparison.Ordinal)).Select(line => line.Split("le=\"")[1].Split('"')[0]));
}
