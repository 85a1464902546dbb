using Orleans.Log.Testing;

namespace Orleans.Log.Conformance;

/// <summary>What an appender does when single requests and acknowledgements are lost, refused or late.</summary>
public abstract class AppenderNetworkConformance
{
    private const string Stream = "network";

    /// <summary>A running log with nothing in it.</summary>
    protected abstract Task<ILogWithFaults> StartAsync();

    private async Task<ILogWithFaults> StartWithStreamAsync()
    {
        var log = await StartAsync();
        await log.CreateStreamAsync(Stream);
        return log;
    }

    [Theory]
    [InlineData(0.3, 0, 0, 1)]
    [InlineData(0.3, 0, 0, 2)]
    [InlineData(0.3, 0, 0, 8)]
    [InlineData(0, 0.3, 0, 8)]
    [InlineData(0, 0, 0.3, 8)]
    [InlineData(0.2, 0.2, 0.2, 4)]
    public async Task Whatever_is_lost_on_the_way_nothing_is_lost_or_doubled_in_the_stream(
        double acknowledgements, double requests, double refusals, int pipeline)
    {
        await using var log = await StartWithStreamAsync();
        log.Disturbances.LoseAcknowledgement = acknowledgements;
        log.Disturbances.LoseRequest = requests;
        log.Disturbances.Refuse = refusals;
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = pipeline });
        var outcomes = new Outcomes();
        const int batches = 100;

        for (var i = 0; i < batches; i++)
            await appender.AppendBatchAsync([$"{i}.0", $"{i}.1"], outcomes.Of(i)).OrFail();

        await outcomes.CountAsync(batches).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 2);
        log.Disturbances.Happened.ShouldBeGreaterThan(batches / 6, "the test disturbs what it says it does");
        (await log.ReadAllAsync(Stream)).ShouldBe(Enumerable.Range(0, batches).SelectMany(i => new[] { $"{i}.0", $"{i}.1" }));
    }

    [Fact]
    public Task Sealed_after_its_acknowledgement_was_lost_a_batch_gets_its_positions_all_the_same() =>
        EndAfterLostAcknowledgementAsync(log => log.SealAsync(Stream), "stream_sealed");

    [Fact]
    public Task Fenced_after_its_acknowledgement_was_lost_a_batch_gets_its_positions_all_the_same() =>
        EndAfterLostAcknowledgementAsync(log => log.FenceAsync(Stream, "another"), "fenced");

    [Fact]
    public async Task Replaced_after_its_acknowledgement_was_lost_a_batch_is_not_said_to_be_absent()
    {
        await using var log = await StartWithStreamAsync();
        await using var older = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1, ProducerId = "writer", ProducerEpoch = 1 });
        await using var newer = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1, ProducerId = "writer", ProducerEpoch = 2 });
        log.Disturbances.LoseAcknowledgement = 1;

        var unknown = older.AppendAsync(["unknown"]);
        await HoldsAsync(log, 1).OrFail();
        var replacing = newer.AppendAsync(["newer"]);
        await HoldsAsync(log, 2).OrFail();
        log.Disturbances.LoseAcknowledgement = 0;
        var outcome = await unknown.OrFail();

        outcome.Error.ShouldBe("stale_producer_epoch");
        outcome.MayHaveHappened.ShouldBeTrue("batches of an epoch that is over are not remembered");
        (await replacing.OrFail()).Error.ShouldBeNull();
        (await log.ReadAllAsync(Stream)).ShouldBe(["unknown", "newer"]);
    }

    [Fact]
    public async Task A_batch_that_is_not_acknowledged_in_time_fails_the_suffix_and_says_that_it_may_be_there()
    {
        var time = new ManualTimeProvider();
        await using var log = await StartWithStreamAsync();
        var setup = new AppenderSetup { PipelineSize = 3, CallTimeout = TimeSpan.FromSeconds(7), Time = time };
        await using var appender = await log.OpenAsync(Stream, setup);
        (await appender.AppendAsync(["0"]).OrFail()).Error.ShouldBeNull();
        log.Disturbances.Stall();

        var calls = new[] { appender.AppendAsync(["1"]), appender.AppendAsync(["2"]), appender.AppendAsync(["3"]) };
        await log.Disturbances.StalledAsync().OrFail();
        time.Advance(TimeSpan.FromSeconds(7));
        var outcomes = await Task.WhenAll(calls).OrFail();
        log.Disturbances.Flow();

        outcomes.ShouldAllBe(outcome => outcome.Error == "timed_out" && ReferenceEquals(outcome.ErrorObject, outcomes[0].ErrorObject));
        outcomes[0].MayHaveHappened.ShouldBeTrue();
        appender.State.ShouldBe("Faulted");
        appender.Fault.ShouldBe("timed_out");
        (await appender.AppendBatchAsync(["4"], null).RefusalOrFail()).ShouldBe("timed_out");
    }

    [Fact]
    public async Task Without_resuming_a_refusal_is_final_and_had_no_effect()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 2, Resume = false });
        (await appender.AppendAsync(["0"]).OrFail()).Error.ShouldBeNull();
        log.Disturbances.Refuse = 1;

        var outcomes = await Task.WhenAll(appender.AppendAsync(["1"]), appender.AppendAsync(["2"])).OrFail();

        outcomes.ShouldAllBe(outcome => outcome.Error == "overloaded" && !outcome.MayHaveHappened);
        (await log.ReadAllAsync(Stream)).ShouldBe(["0"]);
    }

    private async Task EndAfterLostAcknowledgementAsync(Func<ILogUnderTest, Task> end, string code)
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1 });
        (await appender.AppendAsync(["known"]).OrFail()).Error.ShouldBeNull();
        log.Disturbances.LoseAcknowledgement = 1;

        var unknown = appender.AppendAsync(["unknown"]);
        await HoldsAsync(log, 2).OrFail();
        await end(log);
        log.Disturbances.LoseAcknowledgement = 0;
        var outcome = await unknown.OrFail();

        (outcome.Error, outcome.Start).ShouldBe((null, 1));
        var next = await appender.AppendAsync(["next"]).OrFail();
        (next.Error, next.MayHaveHappened).ShouldBe((code, false));
        (await log.ReadAllAsync(Stream)).ShouldBe(["known", "unknown"]);
    }

    private static async Task HoldsAsync(ILogUnderTest log, int records)
    {
        while ((await log.ReadAllAsync(Stream)).Count < records)
            await Task.Yield();
    }
}
