namespace Orleans.Log.Conformance;

public abstract partial class AppenderConformance
{
    [Fact]
    public async Task Closed_before_anything_was_appended_it_refuses_every_call()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup());
        var outcomes = new Outcomes();

        appender.Close();
        appender.Close();
        await appender.Completion.OrFail();

        (await appender.AppendBatchAsync(Batch(0), outcomes.Of(0)).RefusalOrFail()).ShouldBe("closed");
        (await appender.AppendAsync(Batch(0)).OrFail()).Error.ShouldBe("closed");
        outcomes.All.ShouldBeEmpty();
        appender.State.ShouldBe("Closed");
        (await log.ReadAllAsync(Stream)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Closed_after_its_callbacks_it_has_told_every_position()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 3 });
        var outcomes = new Outcomes();
        for (var i = 0; i < 10; i++)
            appender.AppendBatch(Batch(i, 5), outcomes.Of(i));

        await outcomes.CountAsync(10).OrFail();
        await appender.CloseAsync().OrFail();

        outcomes.ShouldBeOrdered(recordsPerBatch: 5);
        appender.State.ShouldBe("Closed");
    }

    [Fact]
    public async Task Closed_while_callbacks_run_it_finishes_what_it_accepted_and_refuses_what_waits()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 3 });
        using var door = new Door();
        var outcomes = new Outcomes();
        for (var i = 0; i < 3; i++)
            appender.AppendBatch(Batch(i, 1), outcomes.Of(i, door.Pass));

        var waiting = appender.AppendBatchAsync(Batch(3, 1), outcomes.Of(3));
        await outcomes.CountAsync(1).OrFail();
        appender.Close();

        appender.State.ShouldBe("Closing");
        (await waiting.RefusalOrFail()).ShouldBe("closed");
        (await appender.AppendBatchAsync(Batch(4, 1), outcomes.Of(4)).RefusalOrFail()).ShouldBe("closed");
        appender.Completion.IsCompleted.ShouldBeFalse();
        door.Open();
        await appender.Completion.OrFail();

        outcomes.All.Count.ShouldBe(3);
        outcomes.ShouldBeOrdered(recordsPerBatch: 1);
        (await log.ReadAllAsync(Stream)).ShouldBe(["0.0", "1.0", "2.0"]);
    }

    [Fact]
    public async Task It_may_be_closed_from_inside_a_callback()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 2 });
        var outcomes = new Outcomes();

        await appender.AppendBatchAsync(Batch(0, 1), outcomes.Of(0, _ => appender.Close())).OrFail();

        await appender.Completion.OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 1);
        (await appender.AppendBatchAsync(Batch(1, 1), outcomes.Of(1)).RefusalOrFail()).ShouldBe("closed");
    }

    [Fact]
    public async Task For_every_call_exactly_one_of_a_throw_and_a_callback_happens_however_closing_falls()
    {
        await using var log = await StartWithStreamAsync();
        for (var round = 0; round < 20; round++)
        {
            await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1 + (round % 8) });
            var outcomes = new Outcomes();
            var refused = new HashSet<int>();
            var closeAt = round * 3;

            var callers = Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    var batch = (caller * 20) + i;
                    try
                    {
                        await appender.AppendBatchAsync([$"{round}:{batch}"], outcomes.Of(batch));
                    }
                    catch (AppendRefusedException)
                    {
                        lock (refused)
                            refused.Add(batch).ShouldBeTrue();
                    }
                }
            })).ToList();
            await Task.WhenAny(outcomes.CountAsync(closeAt), Task.WhenAll(callers)).OrFail();
            await appender.CloseAsync().OrFail();
            await Task.WhenAll(callers).OrFail();

            var told = outcomes.All.Select(all => all.Batch).ToHashSet();
            told.Overlaps(refused).ShouldBeFalse("a call that throws has no callback");
            (told.Count + refused.Count).ShouldBe(80);
            var stored = await log.ReadAllAsync(Stream);
            stored.Count(text => text.StartsWith($"{round}:", StringComparison.Ordinal)).ShouldBe(told.Count);
        }
    }
}
