using System.Text;
using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Appending.Tests;

/// <summary>
/// A log in this process, reached without HTTP by a transport that overtakes, loses and breaks as it likes: it holds the appender
/// itself to the suite, and shows that the suite needs no particular transport.
/// </summary>
internal sealed class DirectLog : ILogWithFaults, IAppenderSource
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

    public Task<IAppender> OpenAsync(string stream, AppenderSetup setup) => LogStreamAppenderUnderTest.RefusedAsync<IAppender>(async () =>
        new LogStreamAppenderUnderTest(await OpenAsync(stream, LogStreamAppenderUnderTest.Options(setup), setup.Time)));

    public Task<LogStreamAppender> OpenAppenderAsync(
        string stream,
        AppenderOptions? options = null,
        CancellationToken cancellationToken = default) => OpenAsync(stream, options ?? new AppenderOptions(), TimeProvider.System);

    public Task KillAsync() => _life.CancelAsync();

    public Task RestartAsync()
    {
        Volatile.Write(ref _life, new CancellationTokenSource());
        return Task.CompletedTask;
    }

    public ValueTask<ILogStream> OpenStreamAsync(string stream) => _service.OpenAsync(StreamName.Parse(stream), CancellationToken.None);

    public async ValueTask DisposeAsync() => await _life.CancelAsync();

    private async Task<LogStreamAppender> OpenAsync(string stream, AppenderOptions options, TimeProvider time)
    {
        var producer = ProducerIds.Checked(options.ProducerId ?? ProducerIds.New(Random.Shared.NextDouble));
        var transport = new DirectTransport(this, stream, producer, options);
        await transport.CheckAsync();
        var backoff = new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20), time, Random.Shared.NextDouble);
        return new LogStreamAppender(stream, producer, transport, options, backoff);
    }
}
