namespace Orleans.Log.Conformance;

// The stream ends, or ends for this writer, with batches on their way.
public abstract partial class AppenderFaultConformance
{
    [Fact]
    public Task Sealed_under_the_appender_the_stream_holds_what_was_acknowledged() =>
        EndAsync(log => log.SealAsync(Stream), "stream_sealed");

    [Fact]
    public Task Fenced_under_the_appender_the_stream_holds_what_was_acknowledged() =>
        EndAsync(log => log.FenceAsync(Stream, "another"), "fenced");

    [Fact]
    public async Task A_newer_epoch_of_the_producer_shuts_the_older_one_out()
    {
        await using var log = await StartWithStreamAsync();
        await using var older = await log.OpenAsync(Stream, new AppenderSetup { ProducerId = "writer", ProducerEpoch = 1 });
        (await older.AppendAsync(["old"]).OrFail()).Error.ShouldBeNull();
        await using var newer = await log.OpenAsync(Stream, new AppenderSetup { ProducerId = "writer", ProducerEpoch = 2 });
        (await newer.AppendAsync(["new"]).OrFail()).Error.ShouldBeNull();

        var outcome = await older.AppendAsync(["too late"]).OrFail();

        outcome.Error.ShouldBe("stale_producer_epoch");
        outcome.MayHaveHappened.ShouldBeFalse();
        older.State.ShouldBe("Faulted");
        (await log.ReadAllAsync(Stream)).ShouldBe(["old", "new"]);
    }

    [Fact]
    public async Task The_holder_of_the_fencing_token_writes_on()
    {
        await using var log = await StartWithStreamAsync();
        await log.FenceAsync(Stream, "mine");
        await using var holder = await log.OpenAsync(Stream, new AppenderSetup { FencingToken = "mine" });
        await using var other = await log.OpenAsync(Stream, new AppenderSetup());

        (await holder.AppendAsync(["1"]).OrFail()).Error.ShouldBeNull();
        (await other.AppendAsync(["2"]).OrFail()).Error.ShouldBe("fenced");

        (await log.ReadAllAsync(Stream)).ShouldBe(["1"]);
    }

    [Fact]
    public async Task Deleted_under_the_appender_the_stream_takes_the_rest_with_it()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4 });
        var outcomes = new Outcomes();
        var feeding = FeedAsync(appender, outcomes, 0, 100_000);
        await outcomes.CountAsync(20).OrFail();

        await log.DeleteStreamAsync(Stream);

        await feeding.OrFail();
        await appender.Completion.OrFail();
        ShouldFailFrom(outcomes);
        appender.Fault.ShouldBe("stream_not_found");
    }

    [Fact]
    public async Task Deleted_and_made_anew_under_the_appender_the_new_stream_gets_nothing_of_the_old_one()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4 });
        var outcomes = new Outcomes();
        var feeding = FeedAsync(appender, outcomes, 0, 100_000);
        await outcomes.CountAsync(20).OrFail();

        await log.DeleteStreamAsync(Stream);
        await log.CreateStreamAsync(Stream);

        await feeding.OrFail();
        await appender.Completion.OrFail();
        ShouldFailFrom(outcomes);
        appender.Fault.ShouldBeOneOf("stream_not_found", "producer_gap");
        (await log.ReadAllAsync(Stream)).ShouldBeEmpty();
    }

    private async Task EndAsync(Func<ILogUnderTest, Task> end, string code)
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4 });
        var outcomes = new Outcomes();
        var feeding = FeedAsync(appender, outcomes, 0, 100_000);
        await outcomes.CountAsync(20).OrFail();

        await end(log);

        await feeding.OrFail();
        await appender.Completion.OrFail();
        var acknowledged = ShouldFailFrom(outcomes);
        appender.Fault.ShouldBe(code);
        appender.State.ShouldBe("Faulted");
        outcomes.All[acknowledged].Outcome.MayHaveHappened.ShouldBeFalse("the refusal was the first thing that was heard of the batch");
        (await log.ReadAllAsync(Stream)).ShouldBe(Enumerable.Range(0, acknowledged).SelectMany(Batch));
    }
}
