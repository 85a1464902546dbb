using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Grains.Tests;

/// <summary>A silo that stops in order ends the waits of its readers; it does not wait for them. Nothing else would end them here: the clock of their waits stands still, and whoever else could has patience.</summary>
public sealed class SiloStopTests : IAsyncLifetime
{
    private static readonly StreamName Name = StreamName.Parse("quiet");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ManualTimeProvider _time = new();
    private TestLog _log = null!;

    public async Task InitializeAsync()
    {
        _log = await TestLog.StartAsync(
            nodeTime: _time,
            silo: static silo => silo
                .Configure<HostOptions>(static host => host.ShutdownTimeout = Patience)
                .Configure<GrainCollectionOptions>(static grains => grains.DeactivationTimeout = Patience),
            responseTimeout: Patience);
        await _log.Log.EnsureAsync(Name, new StreamConfigPatch(), EnsureCondition.None, default);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task A_read_that_waits_ends_with_an_empty_page()
    {
        var stream = await _log.Log.OpenAsync(Name, default);
        var waits = _time.TimerArmedAsync(TimeSpan.FromSeconds(29));
        var read = stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = TimeSpan.FromSeconds(29) }, default).AsTask();
        await waits.OrFail();

        await _log.Cluster.StopSiloAsync(_log.Cluster.Silos[0]).OrFail();

        (await read.OrFail()).Records.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task A_follower_is_told_why_it_ends()
    {
        var waits = _time.TimerArmedAsync(Limits.ReadWait);

        // Not our own reader, which would go by itself after a while.
        var pages = _log.Cluster.Client.GetGrain<ILogStreamGrain>(Name.Value).FollowAsync(stream: null, ReadRequest.FromLsn(0)).GetAsyncEnumerator();
        var next = pages.MoveNextAsync().AsTask();
        await waits.OrFail();

        await _log.Cluster.StopSiloAsync(_log.Cluster.Silos[0]).OrFail();

        (await Should.ThrowAsync<LogException>(() => next.OrFail())).Code.ShouldBe(LogErrorCode.Draining);
    }
}
