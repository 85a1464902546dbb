using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Standalone.Web;

namespace Orleans.Log.Standalone.Tests;

/// <summary>Dashboards and alarms are written after the operations page.</summary>
public sealed partial class DocumentedMetricsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orleans-log-metrics-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_metric_of_the_operations_page_can_be_scraped()
    {
        var documented = MetricName().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "OPERATIONS.md")))
            .Select(match => match.Value.Replace("_count", "", StringComparison.Ordinal)).Distinct().ToList();

        var exposed = (await ScrapeAsync()).Split('\n')
            .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToHashSet(StringComparer.Ordinal);

        documented.Count.ShouldBeGreaterThan(5);
        documented.Except(exposed).ShouldBeEmpty();
    }

    /// <summary>A scrape of the server with every instrument recorded once: what has never been recorded is not shown.</summary>
    private async Task<string> ScrapeAsync()
    {
        var instruments = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                lock (instruments)
                    instruments.Add(instrument);
            },
        };
        listener.Start();

        LogNode? started = null;
        var builder = WebServer.CreateBuilder(new ServerOptions { Urls = ListenAddress.ParseList("http://127.0.0.1:0"), LogLevel = LogLevel.None });
        builder.AddServiceDefaults();
        builder.Services.AddNode(() => started!, new LogNodeOptions());
        await using var server = builder.Build();
        server.StartTelemetry();
        await using var node = started = await LogNode.StartAsync(new LogNodeOptions(), new LogNodeHost { Disk = HostDisk.Open(_folder.FullName), Blobs = new MemoryBlobStore() });
        server.MapOrleansLog();
        server.MapMetrics();
        await server.StartAsync();
        lock (instruments)
        {
            foreach (var instrument in instruments.Where(instrument => instrument.Meter.Name == "OrleansLog"))
                Record(instrument);
        }

        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(server.Urls.First() + "/metrics"));
    }

    private static void Record(Instrument instrument)
    {
        switch (instrument)
        {
            case Counter<long> counter:
                counter.Add(0);
                break;
            case UpDownCounter<long> counter:
                counter.Add(0);
                break;
            case Histogram<double> histogram:
                histogram.Record(0);
                break;
            case Histogram<long> histogram:
                histogram.Record(0);
                break;
            case Histogram<int> histogram:
                histogram.Record(0);
                break;
            case Gauge<long> gauge:
                gauge.Record(0);
                break;
            case Gauge<double> gauge:
                gauge.Record(0);
                break;
            default:
                instrument.IsObservable.ShouldBeTrue(instrument.Name);
                break;
        }
    }

    // With a dollar before it, it is a variable of nginx.
    [GeneratedRegex(@"(?<!\$)orleans_log_[a-z_]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex MetricName();
}
