using Orleans.Log.Testing;

namespace Orleans.Log.Conformance;

public abstract partial class AppenderConformance
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task A_call_that_finds_no_room_in_time_throws_and_the_appender_works_on()
    {
        var time = new ManualTimeProvider();
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1, CallTimeout = CallTimeout, Time = time });
        using var door = new Door();
        var outcomes = new Outcomes();
        await appender.AppendBatchAsync(Batch(0, 1), outcomes.Of(0, door.Pass)).OrFail();
        await outcomes.CountAsync(1).OrFail();

        var late = appender.AppendBatchAsync(Batch(9, 1), outcomes.Of(9));
        time.Advance(CallTimeout);

        (await late.RefusalOrFail()).ShouldBe("timed_out");
        door.Open();
        (await appender.AppendAsync(Batch(1, 1)).OrFail()).Error.ShouldBeNull();
        outcomes.All.Count.ShouldBe(1, "a call that throws has no callback");
        appender.Fault.ShouldBeNull();
        (await log.ReadAllAsync(Stream)).ShouldBe(["0.0", "1.0"]);
    }

    [Fact]
    public async Task A_slow_callback_does_not_cost_the_batches_that_are_acknowledged_already()
    {
        var time = new ManualTimeProvider();
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 2, CallTimeout = CallTimeout, Time = time });
        using var door = new Door();
        var outcomes = new Outcomes();
        await appender.AppendBatchAsync(Batch(0, 1), outcomes.Of(0, door.Pass)).OrFail();
        await outcomes.CountAsync(1).OrFail();
        time.Advance(CallTimeout * 3);
        door.Open();

        (await appender.AppendAsync(Batch(1, 1)).OrFail()).Error.ShouldBeNull();
        outcomes.ShouldBeOrdered(recordsPerBatch: 1);
        appender.State.ShouldBe("Open");
    }
}
