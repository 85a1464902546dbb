namespace Orleans.Log.Cli.Bench;

/// <summary>Drives a log through the port, without network: what <c>olog bench --in-process</c> and tests use.</summary>
internal sealed class PortTarget(ILogService log, BenchOptions options, Func<DurabilityReading> durability) : IBenchTarget
{
    private readonly ILogStream[] _streams = new ILogStream[options.Streams];

    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _streams.Length; i++)
        {
            var name = StreamName.Parse(options.StreamName(i));
            await log.EnsureAsync(name, new StreamConfigPatch(), EnsureCondition.None, cancellationToken);
            _streams[i] = await log.OpenAsync(name, cancellationToken);
        }
    }

    public ValueTask<IBenchClient> CreateClientAsync(int index, CancellationToken cancellationToken) =>
        new(new Client(_streams, index, options.Payloads()));

    public async ValueTask TrimAsync(int stream, long keep, CancellationToken cancellationToken)
    {
        try
        {
            var position = await _streams[stream].CheckTailAsync(cancellationToken);
            if (position.Tail - keep > position.Head)
                await _streams[stream].TrimAsync(position.Tail - keep, cancellationToken);
        }
        catch (LogException error) when (HadNoEffect(error))
        {
            // The next time will do.
        }
    }

    public ValueTask<DurabilityReading> ReadDurabilityAsync(CancellationToken cancellationToken) => new(durability());

    public ValueTask DisposeAsync() => default;

    private static bool HadNoEffect(Exception exception) =>
        exception is LogException { Retryable: true, SideEffects: SideEffects.None };

    private sealed class Client(ILogStream[] streams, int first, ReadOnlyMemory<byte>[] payloads) : IBenchClient
    {
        private uint _next = (uint)first;
        private readonly RecordBatch _batch = new(Array.ConvertAll(payloads, p => new AppendRecord(p)));

        // The open loop sends for a client from one thread, a closed loop from its own: never two at once.
        public ValueTask<AppendResult> AppendAsync() =>
            streams[_next++ % streams.Length].AppendAsync(_batch, AppendConditions.None, CancellationToken.None);

        public bool IsRefusal(Exception exception) => HadNoEffect(exception);

        public ValueTask DisposeAsync() => default;
    }
}
