using Orleans.Log.Conformance;
using Orleans.Log.Engine;
using Orleans.Log.Testing;

namespace Orleans.Log.Grains.Tests;

/// <summary>
/// A silo that stops in order ends the waits of its readers itself, while its node is still at work; its grains would wait for them. Nothing else would end them in time: the clock of their waits stands still.
/// </summary>
public sealed class SiloStopTests : IAsyncLifetime
{
    private static readonly StreamName Name = StreamName.Parse("quiet");

    private readonly ManualTimeProvider _time = new();
    private readonly TaskCompletionSource<LogNodeStage> _answered = new();
    private TestLog _log = null!;
    private LogNode _node = null!;
    private volatile string? _watched;

    public async Task InitializeAsync()
    {
        _log = await TestLog.StartAsync(nodeTime: _time, silo: silo => silo.AddIncomingGrainCallFilter(WatchAsync), responseTimeout: TimeSpan.FromMinutes(10));
        _node = _log.NodeOf(0).Node;
        await _log.Log.EnsureAsync(Name, new StreamConfigPatch(), EnsureCondition.None, default);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task A_read_that_waits_ends_with_an_empty_page()
    {
        _watched = nameof(ILogStreamGrain.ReadAsync);
        var stream = await _log.Log.OpenAsync(Name, default);
        var waits = _time.TimerArmedAsync(TimeSpan.FromSeconds(29));
        var read = stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = TimeSpan.FromSeconds(29) }, default).AsTask();
        await waits.OrFail();

        await _log.Cluster.StopSiloAsync(_log.Cluster.Silos[0]).OrFail();

        (await _answered.Task.OrFail()).ShouldBe(LogNodeStage.Running);
        (await read.OrFail()).Records.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task A_follower_is_told_why_it_ends()
    {
        _watched = "StartEnumeration";
        var waits = _time.TimerArmedAsync(Limits.ReadWait);

        // Not our own reader, which would go by itself after a while.
        var pages = _log.Cluster.Client.GetGrain<ILogStreamGrain>(Name.Value).FollowAsync(stream: null, ReadRequest.FromLsn(0)).GetAsyncEnumerator();
        var next = pages.MoveNextAsync().AsTask();
        await waits.OrFail();

        await _log.Cluster.StopSiloAsync(_log.Cluster.Silos[0]).OrFail();

        (await _answered.Task.OrFail()).ShouldBe(LogNodeStage.Running);
        (await Should.ThrowAsync<LogException>(() => next.OrFail())).Code.ShouldBe(LogErrorCode.Draining);
    }

    private async Task WatchAsync(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.ImplementationMethod.Name == _watched)
            _answered.TrySetResult(_node.Health.Stage);
    }
}
