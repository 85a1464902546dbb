using BenchmarkDotNet.Attributes;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Benchmarks;

/// <summary>An append through a whole node, durable, by one caller who waits; and a page read back from memory.</summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    private string _directory = string.Empty;
    private LogNode? _node;
    private ILogStream? _stream;
    private AppendRecord[] _records = [];

    [Params(1, 100)]
    public int Records { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _directory = Directory.CreateTempSubdirectory("olog-bench-").FullName;
        _node = await LogNode.StartAsync(new LogNodeOptions(), new LogNodeHost { Disk = HostDisk.Open(_directory) });
        var name = StreamName.Parse("bench");
        await _node.EnsureAsync(name, new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);
        _stream = await _node.OpenAsync(name, CancellationToken.None);
        _records = [.. Enumerable.Repeat(new AppendRecord(new byte[1024]), Records)];
        await Append();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _node!.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public ValueTask<AppendResult> Append() => _stream!.AppendAsync(new RecordBatch(_records), AppendConditions.None, CancellationToken.None);

    [Benchmark]
    public async Task<long> ReadPage()
    {
        using var page = await _stream!.ReadAsync(ReadRequest.LastRecords(Records), CancellationToken.None);
        return page.Next;
    }
}
