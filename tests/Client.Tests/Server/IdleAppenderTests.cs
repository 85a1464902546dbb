using Orleans.Log.Api.Contracts;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>Appenders that are idle for longer than the stream remembers a producer.</summary>
public sealed class IdleAppenderTests : IAsyncDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(64);

    private readonly ManualTimeProvider _time = new();
    private readonly List<IAsyncDisposable> _open = [];
    private KestrelLog _log = null!;

    public async ValueTask DisposeAsync()
    {
        _open.Reverse();
        foreach (var open in _open)
            await open.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Idle_appender_goes_on_under_another_producer(bool sessions)
    {
        var appender = await OpenAsync(sessions, new AppenderOptions { PipelineSize = 4 });
        await AppendAsync(appender, "a", "b");
        var producer = appender.ProducerId;

        _time.Advance(Idle);
        await AppendAsync(appender, "c", "d", "e", "f", "g");
        await AppendAsync(appender, "h");

        appender.State.ShouldBe(AppenderState.Open);
        appender.ProducerId.ShouldNotBe(producer);
        (await _log.ReadAllAsync("s")).ShouldBe(["a", "b", "c", "d", "e", "f", "g", "h"]);
    }

    [Fact]
    public async Task Appender_goes_on_after_every_idle_time()
    {
        var appender = await OpenAsync(sessions: true, new AppenderOptions());
        for (var i = 0; i < 5; i++)
        {
            await AppendAsync(appender, $"{i}a", $"{i}b");
            _time.Advance(Idle);
        }

        (await _log.ReadAllAsync("s")).Count.ShouldBe(10);
    }

    [Fact]
    public async Task Idle_appender_with_an_id_of_its_own_fails()
    {
        var appender = await OpenAsync(sessions: true, new AppenderOptions { ProducerId = "import-1" });
        await AppendAsync(appender, "a");
        _time.Advance(Idle);
        await ShouldFaultAsync(appender);
    }

    [Fact]
    public async Task Idle_appender_writes_nothing_to_another_stream_of_the_name()
    {
        var appender = await OpenAsync(sessions: true, new AppenderOptions());
        await AppendAsync(appender, "a");
        _time.Advance(Idle);
        await _log.DeleteStreamAsync("s");
        await CreateAsync();
        await ShouldFaultAsync(appender);
        (await _log.ReadAllAsync("s")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Appender_that_was_not_idle_fails_when_its_producer_is_unknown()
    {
        var appender = await OpenAsync(sessions: true, new AppenderOptions());
        await AppendAsync(appender, "a");
        await _log.DeleteStreamAsync("s");
        await CreateAsync();
        await ShouldFaultAsync(appender);
    }

    private static async Task AppendAsync(LogStreamAppender appender, params string[] texts) =>
        await Task.WhenAll(texts.Select(text => appender.AppendAsync([NewRecord.FromText(text)]))).OrFail();

    private static async Task ShouldFaultAsync(LogStreamAppender appender)
    {
        var failure = await Should.ThrowAsync<LogClientException>(() => AppendAsync(appender, "x"));
        failure.Code.ShouldBeOneOf(WireErrors.ProducerGap, WireErrors.StreamNotFound);
        appender.State.ShouldBe(AppenderState.Faulted);
    }

    private async Task<LogStreamAppender> OpenAsync(bool sessions, AppenderOptions options)
    {
        _log = await KestrelLog.StartAsync(new NodeBacking(_time), sessions);
        _open.Add(_log);
        await CreateAsync();
        var client = new LogClient(_log.Endpoint, new LogClientOptions { TimeProvider = _time, Sessions = sessions });
        var appender = await client.OpenAppenderAsync("s", options);
        _open.Add(appender);
        return appender;
    }

    private async Task CreateAsync() => await _log.Client.EnsureStreamAsync("s", new StreamConfigBody { ProducerExpirySeconds = 60 });
}
