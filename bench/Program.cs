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
    // The reports, which bench/README.md describes; everything else is for BenchmarkDotNet.
    // In this process: the default toolchain writes and builds a project of its own for each run, which needs a package source.
    private static async Task Main(string[] args)
    {
        switch (args)
        {
            case ["allocations", var directory]:
                await AllocationReport.RunAsync(directory);
                return;
            case ["idle-streams", var directory]:
                await IdleStreamReport.RunAsync(directory);
                return;
            case ["segment-scan", var directory]:
                await SegmentScanReport.RunAsync(directory);
                return;
            case ["overlapped-writes", var directory]:
                await OverlappedWritesReport.RunAsync(directory);
                return;
            case ["many-streams", var directory]:
                await ManyStreamsReport.RunAsync(directory);
                return;
            case ["stream-length", var directory]:
                await StreamLengthReport.RunAsync(directory);
                return;
            case ["followers", var directory]:
                await FollowersReport.RunAsync(directory);
                return;
            case ["follow-latency", var directory]:
                await FollowLatencyReport.RunAsync(directory);
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
