using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Orleans.Log.Benchmarks;

internal static class Benchmarks
{
    // What bench/README.md describes, by the first argument; the second is the directory.
    private static readonly Dictionary<string, Func<string, Task>> Reports = new()
    {
        ["allocations"] = AllocationReport.RunAsync,
        ["idle-streams"] = IdleStreamReport.RunAsync,
        ["wal-scan"] = WalScanReport.RunAsync,
        ["segment-scan"] = SegmentScanReport.RunAsync,
        ["overlapped-writes"] = OverlappedWritesReport.RunAsync,
        ["many-streams"] = ManyStreamsReport.RunAsync,
        ["stream-length"] = StreamLengthReport.RunAsync,
        ["followers"] = FollowersReport.RunAsync,
        ["follow-latency"] = FollowLatencyReport.RunAsync,
    };

    // Everything else is for BenchmarkDotNet. In this process: the default toolchain writes and builds a project of its own for each run, which needs a package source.
    private static async Task Main(string[] args)
    {
        if (args is [var name, var directory] && Reports.TryGetValue(name, out var report))
        {
            await report(directory);
            return;
        }

        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub)
            .WithOptions(ConfigOptions.DisableOptimizationsValidator);
        BenchmarkSwitcher.FromAssembly(typeof(Benchmarks).Assembly).Run(args, config);
    }
}
