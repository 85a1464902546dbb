using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Benchmarks;

/// <summary>The JSON body of an append, as bound through its contract. The server's own parser is measured beside it.</summary>
[MemoryDiagnoser]
public class JsonBodyBenchmarks
{
    private byte[] _body = [];

    [Params(1, 100)]
    public int Records { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var record = new RecordBody { Text = new string('x', 1024) };
        _body = JsonSerializer.SerializeToUtf8Bytes(new AppendBody { Records = [.. Enumerable.Repeat(record, Records)] }, WireJson.Default.AppendBody);
    }

    [Benchmark]
    public int Contract() => JsonSerializer.Deserialize(_body, WireJson.Default.AppendBody)!.Records.Count;
}
