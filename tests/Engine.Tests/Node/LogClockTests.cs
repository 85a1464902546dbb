using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Node;

public sealed class LogClockTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromHours(12);

    private readonly ManualTimeProvider _time = new();

    private long Wall => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public void Clock_of_a_new_directory_follows_the_wall_clock()
    {
        var clock = new LogClock(_time, Settle);
        _time.Advance(TimeSpan.FromDays(3));
        clock.Now.ShouldBe(Wall);
        clock.Ahead.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Jump_at_a_start_counts_only_after_the_settle_time()
    {
        var known = Wall;
        _time.Turn(TimeSpan.FromDays(400));
        var clock = new LogClock(_time, Settle);
        clock.Begin(known);
        var seen = clock.SeenAt(known - 1_000);

        Run(clock, Settle - TimeSpan.FromMinutes(1));
        Math.Abs(clock.Now - known - (long)(Settle - TimeSpan.FromMinutes(1)).TotalMilliseconds).ShouldBeLessThan(2);
        clock.Age(seen).ShouldBeLessThan((long)TimeSpan.FromHours(13).TotalMilliseconds);
        clock.Ahead.ShouldBe(TimeSpan.FromDays(400), TimeSpan.FromMilliseconds(1));

        Run(clock, TimeSpan.FromMinutes(2));
        clock.Now.ShouldBe(Wall);
        clock.Age(seen).ShouldBeGreaterThan((long)TimeSpan.FromDays(400).TotalMilliseconds);
        clock.Ahead.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Jump_that_is_taken_back_never_counts()
    {
        var clock = new LogClock(_time, Settle);
        Run(clock, TimeSpan.FromHours(1));
        _time.Turn(TimeSpan.FromDays(400));
        Run(clock, TimeSpan.FromHours(11));
        _time.Turn(TimeSpan.FromDays(-400));
        Run(clock, TimeSpan.FromDays(2));
        clock.Now.ShouldBe(Wall);
        clock.Age(clock.Uptime).ShouldBe(0);
    }

    [Fact]
    public void Second_jump_begins_the_settle_time_anew()
    {
        var known = Wall;
        _time.Turn(TimeSpan.FromDays(1));
        var clock = new LogClock(_time, Settle);
        clock.Begin(known);
        Run(clock, TimeSpan.FromHours(11));
        _time.Turn(TimeSpan.FromDays(30));
        Run(clock, TimeSpan.FromHours(11));
        clock.Now.ShouldBeLessThan(known + (long)TimeSpan.FromHours(23).TotalMilliseconds);
        Run(clock, TimeSpan.FromHours(2));
        clock.Now.ShouldBe(Wall);
    }

    [Fact]
    public void Clock_set_back_is_followed_immediately()
    {
        var clock = new LogClock(_time, Settle);
        _time.Turn(TimeSpan.FromDays(-5));
        clock.Now.ShouldBe(Wall);
        _time.Turn(TimeSpan.FromDays(5));
        clock.Now.ShouldBe(Wall - (long)TimeSpan.FromDays(5).TotalMilliseconds);
    }

    [Fact]
    public void Jump_in_a_process_ages_nothing_that_was_seen()
    {
        var clock = new LogClock(_time, Settle);
        clock.Begin(Wall - 5_000);
        var (before, now) = (clock.SeenAt(Wall - 10_000), clock.Uptime);
        Run(clock, Settle + TimeSpan.FromMinutes(2));
        _time.Turn(TimeSpan.FromDays(400));
        Run(clock, Settle + TimeSpan.FromMinutes(2));
        clock.Now.ShouldBe(Wall);
        clock.Age(now).ShouldBeLessThan((long)TimeSpan.FromHours(25).TotalMilliseconds);
        clock.Age(before).ShouldBeLessThan((long)TimeSpan.FromHours(25).TotalMilliseconds);
    }

    [Fact]
    public void Without_a_settle_time_every_jump_counts()
    {
        var clock = new LogClock(_time, TimeSpan.Zero);
        clock.Begin(Wall);
        _time.Turn(TimeSpan.FromDays(400));
        clock.Now.ShouldBe(Wall);
    }

    [Fact]
    public async Task Known_time_survives_a_restart_in_the_checkpoint()
    {
        await using var bench = new NodeBench { Time = _time };
        await bench.StartAsync();
        await (await bench.CreateAsync("a")).Append("x");
        var known = Wall;
        await bench.Node.DisposeAsync();
        var file = bench.Disk.List(CheckpointFormat.Directory).ShouldHaveSingleItem();
        using var checkpoint = bench.Disk.Open($"{CheckpointFormat.Directory}/{file}", DiskAccess.Read);
        var header = new byte[CheckpointFormat.HeaderLength];
        checkpoint.Read(0, header);
        CheckpointFormat.ReadHeader(header, out _).KnownTime.ShouldBe(known);
    }

    private void Run(LogClock clock, TimeSpan time)
    {
        for (var end = _time.GetTimestamp() + time.Ticks; _time.GetTimestamp() < end;)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            clock.Observe();
        }
    }
}
