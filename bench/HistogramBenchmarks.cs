using BenchmarkDotNet.Attributes;
using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Benchmarks;

/// <summary>What the load driver costs for each sample: it runs on the cores that it measures.</summary>
[MemoryDiagnoser]
public class HistogramBenchmarks
{
    private readonly LatencyHistogram _histogram = new();
    private long _value = 1;

    [Benchmark]
    public void Record() => _histogram.Record(_value = (_value * 31) & 0xFFFFFF);

    [Benchmark]
    public void RecordShared() => _histogram.RecordShared(_value = (_value * 31) & 0xFFFFFF);
}
