using System.Diagnostics;
using Orleans.Log.Cli.Bench;
using Orleans.Log.Testing;

namespace Orleans.Log.Cli.Tests;

public class BenchRunTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(4, 3, 8, 2)]
    public async Task A_closed_loop_counts_what_the_log_took(int clients, int streams, int outstanding, int batch)
    {
        var log = new VolatileLogService(TimeProvider.System);
        var options = Options() with { Clients = clients, Streams = streams, Outstanding = outstanding, Batch = batch };
        var result = await RunAsync(log, options);

        result.Loop.ShouldBe("closed");
        result.Records.ShouldBeGreaterThan(0);
        (result.Records % batch).ShouldBe(0);
        result.LatencyUs.P50.ShouldBeLessThanOrEqualTo(result.LatencyUs.Max);
        long stored = 0;
        for (var i = 0; i < streams; i++)
        {
            var stream = await log.OpenAsync(StreamName.Parse(options.StreamName(i)), default);
            var tail = (await stream.CheckTailAsync(default)).Tail;
            tail.ShouldBeGreaterThan(0);
            stored += tail;
        }

        stored.ShouldBeGreaterThanOrEqualTo(result.Records);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2_000.0)]
    public async Task What_is_not_to_be_kept_is_trimmed_meanwhile(double? rate)
    {
        var log = new VolatileLogService(TimeProvider.System);
        var options = Options() with { Clients = 2, Streams = 2, Outstanding = 3, Rate = rate, KeepBytes = 20 * 64 };
        var result = await RunAsync(log, options);

        result.KeepBytes.ShouldBe(20 * 64);
        for (var i = 0; i < options.Streams; i++)
        {
            var position = await (await log.OpenAsync(StreamName.Parse(options.StreamName(i)), default)).CheckTailAsync(default);
            position.Head.ShouldBeGreaterThan(0);

            // 10 of each stream, and what was on its way when it was trimmed for the last time.
            (position.Tail - position.Head).ShouldBeInRange(10, 16);
        }
    }

    [Fact]
    public async Task An_open_loop_never_sends_more_than_its_schedule_asks_for()
    {
        var target = new CountingTarget();
        var watch = Stopwatch.StartNew();
        var result = await new BenchRun(target, Options() with { Rate = 500, Outstanding = 64 }, TimeProvider.System).RunAsync(default);
        result.Loop.ShouldBe("open");
        result.TargetRate.ShouldBe(500);
        target.Sent.ShouldBeInRange(10, (long)(500 * watch.Elapsed.TotalSeconds) + 1);
    }

    [Fact]
    public async Task An_open_loop_charges_a_stall_to_everything_that_was_due_during_it()
    {
        var stalled = new TaskCompletionSource();
        var target = new StallingTarget(stalled.Task);
        var options = Options() with { Rate = 1_000, WarmUp = TimeSpan.Zero, Duration = TimeSpan.FromMilliseconds(800), Outstanding = 4 };
        var run = new BenchRun(target, options, TimeProvider.System)
        {
            Progress = (share, _) =>
            {
                if (share > 0.2)
                    stalled.TrySetResult();
            },
        };
        var result = await run.RunAsync(default);

        // Only 4 may be outstanding, so a loop that forgot what was due meanwhile would see 4 slow batches among hundreds of quick ones.
        result.LatencyUs.P90.ShouldBeGreaterThan(100_000);
        result.Late.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task Refusals_without_effect_are_counted_and_do_not_end_the_run()
    {
        var result = await new BenchRun(new RefusingTarget(LogErrorCode.Overloaded), Options(), TimeProvider.System).RunAsync(default);
        result.Refused.ShouldBeGreaterThan(0);
        result.Records.ShouldBe(0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(100.0)]
    public async Task Any_other_failure_ends_the_run(double? rate)
    {
        var target = new RefusingTarget(LogErrorCode.OutcomeUnknown);
        var run = new BenchRun(target, Options() with { Rate = rate }, TimeProvider.System);
        var failure = await Should.ThrowAsync<LogException>(() => run.RunAsync(default));
        failure.Code.ShouldBe(LogErrorCode.OutcomeUnknown);
    }

    private static BenchOptions Options() => new()
    {
        Path = BenchPath.InProcess,
        RecordBytes = 64,
        Clients = 1,
        WarmUp = TimeSpan.FromMilliseconds(20),
        Duration = TimeSpan.FromMilliseconds(150),
    };

    private static async Task<BenchResult> RunAsync(ILogService log, BenchOptions options)
    {
        await using var target = new PortTarget(log, options, () => new DurabilityReading("none: memory", null, null));
        return await new BenchRun(target, options, TimeProvider.System).RunAsync(default);
    }

    private abstract class FakeTarget : IBenchTarget, IBenchClient
    {
        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<IBenchClient> CreateClientAsync(int index, CancellationToken cancellationToken) => new(this);

        public ValueTask TrimAsync(int stream, long keep, CancellationToken cancellationToken) => default;

        public ValueTask<DurabilityReading> ReadDurabilityAsync(CancellationToken cancellationToken) => new(new DurabilityReading("none", null, null));

        public abstract ValueTask<AppendResult> AppendAsync();

        public bool IsRefusal(Exception exception) => exception is LogException { Retryable: true, SideEffects: SideEffects.None };

        public ValueTask DisposeAsync() => default;
    }

    private sealed class CountingTarget : FakeTarget
    {
        public long Sent { get; private set; }

        public override ValueTask<AppendResult> AppendAsync()
        {
            Sent++;
            return default;
        }
    }

    private sealed class StallingTarget(Task stalled) : FakeTarget
    {
        public override async ValueTask<AppendResult> AppendAsync()
        {
            await stalled;
            return default;
        }
    }

    private sealed class RefusingTarget(LogErrorCode code) : FakeTarget
    {
        public override async ValueTask<AppendResult> AppendAsync()
        {
            await Task.Yield();
            throw new LogException(code, "no");
        }
    }
}
