using Orleans.Log.Client;

namespace Orleans.Log.Benchmarks.Cluster;

/// <summary>A log behind the port: the embedded node, or the grains.</summary>
internal sealed class LogTarget(string name, ILogService log) : ITarget
{
    public string Name => name;

    public async Task<Func<byte[], Task>> OpenAsync(string stream)
    {
        var parsed = StreamName.Parse(stream);
        await log.EnsureAsync(parsed, new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);
        var opened = await log.OpenAsync(parsed, CancellationToken.None);
        return payload => opened.AppendAsync(new RecordBatch(payload), default, CancellationToken.None).AsTask();
    }
}

/// <summary>The front, over HTTP.</summary>
internal sealed class HttpTarget(LogClient client) : ITarget
{
    public string Name => "front";

    public async Task<Func<byte[], Task>> OpenAsync(string stream)
    {
        await client.EnsureStreamAsync(stream);
        return payload => client.AppendAsync(stream, new[] { new NewRecord(payload) });
    }
}
