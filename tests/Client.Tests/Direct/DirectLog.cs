using System.Text;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Client.Tests.Direct;

/// <summary>
/// A log in this process, reached without HTTP by a transport that overtakes, loses and breaks as it likes: it holds the appender
/// itself to the suite, and shows that the suite needs no particular transport.
/// </summary>
internal sealed class DirectLog : ILogWithFaults
{
    private readonly VolatileLogService _service = new(TimeProvider.System);
    private CancellationTokenSource _life = new();

    public Disturbances Disturbances { get; } = new(seed: 20_26);

    /// <summary>Fires when the server is killed; fired while it is down.</summary>
    public CancellationToken Life => Volatile.Read(ref _life).Token;

    public async Task CreateStreamAsync(string stream) =>
        await _service.EnsureAsync(StreamName.Parse(stream), new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);

    public async Task DeleteStreamAsync(string stream) => await _service.DeleteAsync(StreamName.Parse(stream), CancellationToken.None);

    public async Task SealAsync(string stream) => await (await OpenStreamAsync(stream)).SealAsync(CancellationToken.None);

    public async Task FenceAsync(string stream, string token) =>
        await (await OpenStreamAsync(stream)).FenceAsync(token, expected: null, CancellationToken.None);

    public async Task<IReadOnlyList<string>> ReadAllAsync(string stream)
    {
        var texts = new List<string>();
        var opened = await OpenStreamAsync(stream);
        while (true)
        {
            using var page = await opened.ReadAsync(ReadRequest.FromLsn(texts.Count), CancellationToken.None);
            foreach (var record in page.Records.Span)
                texts.Add(Encoding.UTF8.GetString(record.Payload.Span));
            if (page.Next >= page.Tail)
                return texts;
        }
    }

    public Task<IAppender> OpenAsync(string stream, AppenderSetup setup) => ClientAppender.RefusedAsync<IAppender>(async () =>
    {
        var options = ClientAppender.Options(setup);
        var producer = options.ProducerId ?? Guid.NewGuid().ToString("n");
        var transport = new DirectTransport(this, stream, producer, options);
        await transport.CheckAsync();
        var client = new LogClientOptions
        {
            TimeProvider = setup.Time,
            MinRetryDelay = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(20),
        };
        return new ClientAppender(new LogStreamAppender(stream, producer, transport, options, client));
    });

    public Task KillAsync() => _life.CancelAsync();

    public Task RestartAsync()
    {
        Volatile.Write(ref _life, new CancellationTokenSource());
        return Task.CompletedTask;
    }

    public ValueTask<ILogStream> OpenStreamAsync(string stream) => _service.OpenAsync(StreamName.Parse(stream), CancellationToken.None);

    public async ValueTask DisposeAsync() => await _life.CancelAsync();
}
