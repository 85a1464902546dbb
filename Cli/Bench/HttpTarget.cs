using Orleans.Log.Client;

namespace Orleans.Log.Cli.Bench;

/// <summary>Drives a server: one request a batch or one session a client, each by the client (<see cref="LogStreamAppender"/>) or bare.</summary>
internal sealed class HttpTarget : IBenchTarget
{
    private readonly Uri _server;
    private readonly BenchOptions _options;
    private readonly LogClient _client;
    private readonly ServerFigures _figures;

    public HttpTarget(Uri server, BenchOptions options)
    {
        (_server, _options) = (server, options);
        _client = new LogClient(server, new LogClientOptions { MaxConnections = options.Clients * options.Outstanding });
        _figures = new ServerFigures(server);
    }

    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _options.Streams; i++)
            await _client.EnsureStreamAsync(_options.StreamName(i), cancellationToken: cancellationToken);
    }

    public async ValueTask<IBenchClient> CreateClientAsync(int index, CancellationToken cancellationToken)
    {
        if (_options.Path == BenchPath.RawRequest)
            return await RawHttpClient.ConnectAsync(_server, _options, index, cancellationToken);
        if (_options.Path == BenchPath.RawSession)
            return await RawSessionClient.ConnectAsync(_server, _options, index, cancellationToken);

        var batch = Array.ConvertAll(_options.Payloads(), payload => new NewRecord(payload));
        if (_options.Path == BenchPath.Request)
            return new RequestClient(_client, _options, index, batch);

        var appender = new AppenderOptions { PipelineSize = _options.Outstanding };
        return new AppenderClient(await _client.OpenAppenderAsync(_options.StreamName(index % _options.Streams), appender, cancellationToken), batch);
    }

    public async ValueTask TrimAsync(int stream, long keep, CancellationToken cancellationToken)
    {
        try
        {
            var position = await _client.CheckTailAsync(_options.StreamName(stream), cancellationToken);
            if (position.Tail - keep > position.Head)
                await _client.TrimAsync(_options.StreamName(stream), position.Tail - keep, cancellationToken);
        }
        catch (LogClientException error) when (HadNoEffect(error))
        {
            // The next time will do.
        }
    }

    public ValueTask<DurabilityReading> ReadDurabilityAsync(CancellationToken cancellationToken) => new(_figures.ReadAsync(cancellationToken));

    /// <summary>Deletes the streams of the run.</summary>
    public async ValueTask DeleteStreamsAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _options.Streams; i++)
            await _client.DeleteStreamAsync(_options.StreamName(i), cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _figures.Dispose();
        return default;
    }

    private static bool HadNoEffect(Exception exception) =>
        exception is LogClientException { Retryable: true, SideEffects: CallSideEffects.None } refusal && refusal.Code != LogClientErrors.Unreachable;

    private sealed class RequestClient(LogClient client, BenchOptions options, int first, NewRecord[] batch) : IBenchClient
    {
        private readonly string[] _streams = Enumerable.Range(0, options.Streams).Select(options.StreamName).ToArray();
        private uint _next = (uint)first;

        public async ValueTask<AppendResult> AppendAsync()
        {
            var ack = await client.AppendAsync(_streams[_next++ % _streams.Length], batch);
            return new AppendResult(ack.Start, ack.End, ack.Tail, ack.Duplicate);
        }

        public bool IsRefusal(Exception exception) => HadNoEffect(exception);

        public ValueTask DisposeAsync() => default;
    }

    private sealed class AppenderClient(LogStreamAppender appender, NewRecord[] batch) : IBenchClient
    {
        public async ValueTask<AppendResult> AppendAsync()
        {
            var ack = await appender.AppendAsync(batch);
            return new AppendResult(ack.Start, ack.End, ack.Tail, ack.Duplicate);
        }

        // The appender repeats what was refused by itself.
        public bool IsRefusal(Exception exception) => false;

        public ValueTask DisposeAsync() => appender.DisposeAsync();
    }
}
