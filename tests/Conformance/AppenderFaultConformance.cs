using System.Globalization;

namespace Orleans.Log.Conformance;

/// <summary>
/// What an appender does when the service is killed, or the stream is sealed, fenced or deleted under it, with batches on their way.
/// Needs a log that survives being killed.
/// </summary>
public abstract partial class AppenderFaultConformance
{
    private const string Stream = "faults";

    /// <summary>A running log with nothing in it.</summary>
    protected abstract Task<ILogUnderTest> StartAsync();

    private async Task<ILogUnderTest> StartWithStreamAsync()
    {
        var log = await StartAsync();
        await log.CreateStreamAsync(Stream);
        return log;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public async Task A_server_that_is_killed_and_started_again_costs_nothing_and_doubles_nothing(int pipeline)
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = pipeline });
        var outcomes = new Outcomes();
        const int rounds = 3, each = 40;

        for (var round = 0; round < rounds; round++)
        {
            var first = round * each;
            var feeding = FeedAsync(appender, outcomes, first, each);
            await outcomes.CountAsync(first + (each / 3)).OrFail();
            await log.KillAsync();
            await log.RestartAsync();
            await feeding.OrFail();
            await outcomes.CountAsync(first + each).OrFail();
        }

        outcomes.ShouldBeOrdered(recordsPerBatch: 2);
        (await log.ReadAllAsync(Stream)).ShouldBe(Enumerable.Range(0, rounds * each).SelectMany(Batch));
    }

    [Fact]
    public async Task Two_appenders_outlive_a_kill_side_by_side()
    {
        await using var log = await StartWithStreamAsync();
        await using var left = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4 });
        await using var right = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4 });
        var (ofLeft, ofRight) = (new Outcomes(), new Outcomes());

        var feeding = Task.WhenAll(FeedAsync(left, ofLeft, 0, 60), FeedAsync(right, ofRight, 0, 60));
        await Task.WhenAll(ofLeft.CountAsync(20), ofRight.CountAsync(20)).OrFail();
        await log.KillAsync();
        await log.RestartAsync();
        await feeding.OrFail();
        await Task.WhenAll(ofLeft.CountAsync(60), ofRight.CountAsync(60)).OrFail();

        ofLeft.ShouldBeOrdered(recordsPerBatch: 2);
        ofRight.ShouldBeOrdered(recordsPerBatch: 2);
        (await log.ReadAllAsync(Stream)).Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(0, 60).SelectMany(Batch).SelectMany(text => new[] { text, text }).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_resuming_a_kill_fails_the_whole_suffix_in_order_with_one_error_and_for_good()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4, Resume = false });
        var outcomes = new Outcomes();

        var feeding = FeedAsync(appender, outcomes, 0, 100_000);
        await outcomes.CountAsync(20).OrFail();
        await log.KillAsync();
        await feeding.OrFail();
        await appender.Completion.OrFail();
        await log.RestartAsync();

        var acknowledged = ShouldFailFrom(outcomes);
        appender.State.ShouldBe("Faulted");
        (await appender.AppendBatchAsync(["late"], null).RefusalOrFail()).ShouldBe(appender.Fault);
        await ShouldHoldAsync(log, outcomes, acknowledged);
    }

    [Fact]
    public async Task A_server_that_does_not_come_back_is_given_up_in_the_end()
    {
        await using var log = await StartWithStreamAsync();
        var setup = new AppenderSetup { PipelineSize = 2, ResumeTimeout = TimeSpan.FromMilliseconds(200) };
        await using var appender = await log.OpenAsync(Stream, setup);
        var outcomes = new Outcomes();

        var feeding = FeedAsync(appender, outcomes, 0, 100_000);
        await outcomes.CountAsync(10).OrFail();
        await log.KillAsync();
        await feeding.OrFail();
        await appender.Completion.OrFail();
        await log.RestartAsync();

        var acknowledged = ShouldFailFrom(outcomes);

        // The fault is that of the last attempt, and a cluster may by then know that the stream's node is lost.
        appender.Fault.ShouldBeOneOf("unreachable", "outcome_unknown", "unavailable");
        await ShouldHoldAsync(log, outcomes, acknowledged);
    }

    [Fact]
    public async Task Closing_without_patience_ends_an_appender_whose_server_is_gone()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4 });
        var outcomes = new Outcomes();
        var feeding = FeedAsync(appender, outcomes, 0, 100_000);
        await outcomes.CountAsync(10).OrFail();
        await log.KillAsync();

        await appender.CloseAsync(new CancellationToken(canceled: true)).OrFail();

        await feeding.OrFail();
        outcomes.All[^1].Outcome.Error.ShouldBeOneOf("closed", null);
        appender.State.ShouldBe("Closed");
        await log.RestartAsync();
        await ShouldHoldAsync(log, outcomes, outcomes.All.Count(told => told.Outcome.Error is null));
    }

    private static string[] Batch(int number) => [$"{number}.0", $"{number}.1"];

    /// <summary>Appends one batch after the other until it is told not to.</summary>
    private static async Task FeedAsync(IAppender appender, Outcomes outcomes, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            try
            {
                await appender.AppendBatchAsync(Batch(i), outcomes.Of(i));
            }
            catch (AppendRefusedException)
            {
                return;
            }
        }
    }

    /// <summary>Successes, then failures with one and the same error, in the order of the calls; gives the number of successes.</summary>
    private static int ShouldFailFrom(Outcomes outcomes)
    {
        var all = outcomes.All;
        all.Select(told => told.Batch).ShouldBe(Enumerable.Range(0, all.Count));
        var acknowledged = all.TakeWhile(told => told.Outcome.Error is null).Count();
        var failed = all.Skip(acknowledged).ToList();
        failed.ShouldNotBeEmpty();
        failed.ShouldAllBe(told => ReferenceEquals(told.Outcome.ErrorObject, failed[0].Outcome.ErrorObject));
        return acknowledged;
    }

    /// <summary>
    /// What was acknowledged is there, where it was said to be; behind it only whole batches, in order, and only if the error owned up to
    /// the possibility.
    /// </summary>
    private static async Task ShouldHoldAsync(ILogUnderTest log, Outcomes outcomes, int acknowledged)
    {
        var stored = await log.ReadAllAsync(Stream);
        foreach (var (batch, outcome) in outcomes.All.Take(acknowledged))
            stored.Skip((int)outcome.Start).Take(2).ShouldBe(Batch(batch), string.Create(CultureInfo.InvariantCulture, $"batch {batch}"));

        var batches = stored.Count / 2;
        stored.ShouldBe(Enumerable.Range(0, batches).SelectMany(Batch));
        if (batches > acknowledged)
            outcomes.All[acknowledged].Outcome.MayHaveHappened.ShouldBeTrue("a batch that is in the stream was not told to have had no effect");
    }
}
