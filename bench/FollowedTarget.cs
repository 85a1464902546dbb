using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Benchmarks;

/// <summary>One stream in this process, with a note of when each of its records was acknowledged.</summary>
internal sealed class FollowedTarget(ILogStream stream, BenchOptions options, FollowTimes times, Func<DurabilityReading> durability) : IBenchTarget
{
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

    public ValueTask<IBenchClient> CreateClientAsync(int index, CancellationToken cancellationToken) => new(new Client(stream, options.Payloads(), times));

    public async ValueTask TrimAsync(int index, long keep, CancellationToken cancellationToken) =>
        await stream.TrimAsync(Math.Max(0, (await stream.CheckTailAsync(cancellationToken)).Tail - keep), cancellationToken);

    public ValueTask<DurabilityReading> ReadDurabilityAsync(CancellationToken cancellationToken) => new(durability());

    public ValueTask DisposeAsync() => default;

    private sealed class Client(ILogStream stream, ReadOnlyMemory<byte>[] payloads, FollowTimes times) : IBenchClient
    {
        private readonly RecordBatch _batch = new(Array.ConvertAll(payloads, p => new AppendRecord(p)));

        public async ValueTask<AppendResult> AppendAsync()
        {
            var result = await stream.AppendAsync(_batch, AppendConditions.None, CancellationToken.None);
            times.Acknowledged(result.Start);
            return result;
        }

        public bool IsRefusal(Exception exception) => exception is LogException { Retryable: true, SideEffects: SideEffects.None };

        public ValueTask DisposeAsync() => default;
    }
}
