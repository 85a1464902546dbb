using BenchmarkDotNet.Attributes;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Benchmarks;

/// <summary>CRC-32C: every byte of a payload passes through it once on the way in and once on the way out.</summary>
public class ChecksumBenchmarks
{
    private byte[] _bytes = [];

    [Params(72, 1024, 65536)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bytes = new byte[Length];
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark]
    public uint Compute() => Crc32C.Of(_bytes);
}
