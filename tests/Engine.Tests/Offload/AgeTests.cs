using System.Text;
using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

/// <summary>Acts that time alone brings about and that cannot be undone.</summary>
public sealed class AgeTests : IAsyncDisposable
{
    private static readonly AppendConditions Stamp = new(Producer: new ProducerStamp("job", 0, 0));

    private readonly MemoryBlobStore _blobs = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly NodeBench _bench;

    public AgeTests() => _bench = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_with_the_clock_ahead_trims_and_doubles_nothing(bool crash)
    {
        await _bench.StartAsync();
        await CreateAsync(TimeSpan.FromDays(30));
        await OffloadAsync();
        _clock.Advance(TimeSpan.FromSeconds(30));

        await StartAsync(crash, TimeSpan.FromDays(400));
        await ShouldKeepAsync();
        _clock.Advance(TimeSpan.FromSeconds(12));
        await ShouldKeepAsync();
        _bench.Log.Lines.ShouldContain(line => line.Level == LogLevel.Warning && line.Text.Contains("wall clock", StringComparison.Ordinal));

        await StartAsync(crash, TimeSpan.FromDays(-400));
        await ShouldKeepAsync();
        _clock.Advance(TimeSpan.FromDays(2));
        await ShouldKeepAsync();
    }

    [Fact]
    public async Task Node_that_was_off_trims_after_the_settle_time()
    {
        await _bench.StartAsync();
        await CreateAsync(TimeSpan.FromDays(30));
        await OffloadAsync();

        await StartAsync(crash: false, TimeSpan.FromDays(400));
        await ShouldKeepAsync();
        _clock.Advance(LogClock.DefaultSettle + TimeSpan.FromMinutes(2));
        await _bench.Node.Store!.SweepAsync(CancellationToken.None);

        var stream = await _bench.OpenAsync("a");
        (await stream.CheckTailAsync(CancellationToken.None)).Head.ShouldBe(1);
        (await stream.Append("first", Stamp)).Duplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task Operator_lets_a_node_that_was_off_trim_immediately()
    {
        await _bench.StartAsync();
        await CreateAsync(TimeSpan.FromDays(30));
        await OffloadAsync();
        _bench.Options.ClockSettle = TimeSpan.Zero;

        await StartAsync(crash: false, TimeSpan.FromDays(400));
        await _bench.Node.Store!.SweepAsync(CancellationToken.None);

        (await (await _bench.OpenAsync("a")).CheckTailAsync(CancellationToken.None)).Head.ShouldBe(1);
    }

    [Fact]
    public async Task Backfilled_record_is_kept_for_its_retention()
    {
        await _bench.StartAsync();
        var old = _clock.GetUtcNow().AddDays(-30).ToUnixTimeMilliseconds();
        await CreateAsync(TimeSpan.FromDays(1), old);
        await OffloadAsync();
        _clock.Advance(TimeSpan.FromHours(23));
        await _bench.Node.Store!.SweepAsync(CancellationToken.None);
        var stream = await _bench.OpenAsync("a");
        (await stream.CheckTailAsync(CancellationToken.None)).Head.ShouldBe(0);
        await stream.AppendAsync(At(old + 1), default, CancellationToken.None);
        await OffloadAsync();

        _clock.Advance(TimeSpan.FromHours(2));
        await _bench.Node.Store.SweepAsync(CancellationToken.None);

        (await stream.CheckTailAsync(CancellationToken.None)).Head.ShouldBe(1);
    }

    [Fact]
    public async Task Damaged_segment_keeps_its_stream_and_no_other()
    {
        await _bench.StartAsync();
        await CreateAsync(TimeSpan.FromDays(1));
        await OffloadAsync();
        var other = await _bench.CreateAsync("b", new StreamConfigPatch { RetentionAge = TimeSpan.FromDays(1) });
        await other.Append("x");
        await OffloadAsync();
        await _blobs.DeleteAsync((await _blobs.ListAsync("segments/")).Blobs.MinBy(blob => blob.Name.Value)!.Name);
        _clock.Advance(TimeSpan.FromDays(2));

        await _bench.Node.Store!.SweepAsync(CancellationToken.None);

        (await (await _bench.OpenAsync("a")).CheckTailAsync(CancellationToken.None)).Head.ShouldBe(0);
        (await other.CheckTailAsync(CancellationToken.None)).Head.ShouldBe(1);
    }

    [Fact]
    public async Task Idle_streams_forget_their_producers_by_themselves()
    {
        await _bench.StartAsync();
        await CreateAsync(TimeSpan.FromDays(1));
        await StartAsync(crash: false, TimeSpan.Zero);
        var pipeline = ((LogNodeStream)await _bench.OpenAsync("a")).Pipeline;
        pipeline.Capture().Producers.Count.ShouldBe(1);

        _clock.Advance(TimeSpan.FromDays(8));
        await _bench.Node.Housekeeping.Walk;
        _clock.Advance(TimeSpan.FromHours(1));
        await _bench.Node.Housekeeping.Walk;

        pipeline.Capture().Producers.ShouldBeEmpty();
    }

    private static RecordBatch At(long? timestamp) => new(new AppendRecord(new(Encoding.UTF8.GetBytes("first")), Timestamp: timestamp));

    private async Task CreateAsync(TimeSpan retention, long? timestamp = null)
    {
        var stream = await _bench.CreateAsync("a", new StreamConfigPatch { RetentionAge = retention });
        await stream.AppendAsync(At(timestamp), Stamp, CancellationToken.None);
    }

    private Task OffloadAsync() => _bench.Node.Store!.OffloadAllAsync();

    private async Task StartAsync(bool crash, TimeSpan turn)
    {
        _clock.Turn(turn);
        await (crash ? _bench.CrashAsync() : _bench.RestartAsync());
    }

    private async Task ShouldKeepAsync()
    {
        await _bench.Node.Store!.SweepAsync(CancellationToken.None);
        var stream = await _bench.OpenAsync("a");
        (await stream.CheckTailAsync(CancellationToken.None)).Head.ShouldBe(0);
        (await stream.Append("first", Stamp)).Duplicate.ShouldBeTrue();
    }
}
