using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// A target whose clients begin as far from each other as there is room. Each goes through all streams in turn: were they neighbours, the first would fetch a stream into the processor's cache for all
/// others.
/// </summary>
internal sealed class SpreadTarget(IBenchTarget target, BenchOptions options) : IBenchTarget
{
    /// <summary>Runs a load on the node.</summary>
    public static async Task<BenchResult> LoadAsync(BenchNode node, BenchOptions options)
    {
        await using var target = new SpreadTarget(new PortTarget(node.Log, options, node.Durability), options);
        return await new BenchRun(target, options, TimeProvider.System).RunAsync(CancellationToken.None);
    }

    public ValueTask PrepareAsync(CancellationToken cancellationToken) => target.PrepareAsync(cancellationToken);

    public ValueTask<IBenchClient> CreateClientAsync(int index, CancellationToken cancellationToken) =>
        target.CreateClientAsync((int)((long)index * options.Streams / options.Clients), cancellationToken);

    public ValueTask TrimAsync(int stream, long keep, CancellationToken cancellationToken) => target.TrimAsync(stream, keep, cancellationToken);

    public ValueTask<DurabilityReading> ReadDurabilityAsync(CancellationToken cancellationToken) => target.ReadDurabilityAsync(cancellationToken);

    public ValueTask DisposeAsync() => target.DisposeAsync();
}
