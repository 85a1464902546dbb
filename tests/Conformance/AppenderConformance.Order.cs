using System.Globalization;

namespace Orleans.Log.Conformance;

public abstract partial class AppenderConformance
{
    [Fact]
    public async Task Batches_are_acknowledged_and_stored_in_the_order_of_the_calls()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 4 });
        var outcomes = new Outcomes();

        for (var i = 0; i < 50; i++)
            await appender.AppendBatchAsync(Batch(i), outcomes.Of(i)).OrFail();

        await outcomes.CountAsync(50).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 3);
        (await log.ReadAllAsync(Stream)).ShouldBe(Enumerable.Range(0, 50).SelectMany(i => Batch(i)));
    }

    [Fact]
    public async Task Calls_that_are_not_awaited_keep_their_order()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup());
        var outcomes = new Outcomes();

        var calls = Enumerable.Range(0, 40).Select(i => appender.AppendBatchAsync(Batch(i, 1), outcomes.Of(i))).ToList();

        await Task.WhenAll(calls).OrFail();
        await outcomes.CountAsync(40).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 1);
    }

    [Fact]
    public async Task Concurrent_calls_get_positions_in_the_order_of_their_callbacks()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 8 });
        const int callers = 6, each = 20;
        var outcomes = new Outcomes();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
                await appender.AppendBatchAsync([$"{caller}:{i}"], outcomes.Of((caller * each) + i));
        }))).OrFail();

        await outcomes.CountAsync(callers * each).OrFail();
        outcomes.All.Select(told => told.Outcome.Start).ShouldBe(Enumerable.Range(0, callers * each).Select(i => (long)i));
        var stored = await log.ReadAllAsync(Stream);
        outcomes.All.Select(told => $"{told.Batch / each}:{told.Batch % each}").ShouldBe(stored);
        for (var caller = 0; caller < callers; caller++)
        {
            stored.Where(text => text.StartsWith($"{caller}:", StringComparison.Ordinal))
                .Select(text => int.Parse(text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture))
                .ShouldBe(Enumerable.Range(0, each), "the calls of one caller keep their order");
        }
    }

    [Fact]
    public async Task Two_appenders_of_one_stream_each_keep_their_own_order()
    {
        await using var log = await StartWithStreamAsync();
        await using var left = await log.OpenAsync(Stream, new AppenderSetup());
        await using var right = await log.OpenAsync(Stream, new AppenderSetup());

        var calls = Enumerable.Range(0, 30).SelectMany(i => new[] { left.AppendAsync([$"l{i}"]), right.AppendAsync([$"r{i}"]) }).ToList();
        foreach (var outcome in await Task.WhenAll(calls).OrFail())
            outcome.Error.ShouldBeNull();

        var stored = await log.ReadAllAsync(Stream);
        stored.Where(text => text[0] == 'l').ShouldBe(Enumerable.Range(0, 30).Select(i => $"l{i}"));
        stored.Where(text => text[0] == 'r').ShouldBe(Enumerable.Range(0, 30).Select(i => $"r{i}"));
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(8, 8)]
    [InlineData(1000, 8)]
    public async Task Exactly_as_many_calls_as_the_pipeline_has_room_for_return_at_once(int? asked, int room)
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = asked });
        using var door = new Door();
        var outcomes = new Outcomes();

        for (var i = 0; i < room; i++)
            appender.AppendBatchAsync(Batch(i, 1), outcomes.Of(i, door.Pass)).IsCompletedSuccessfully.ShouldBeTrue($"there is room for batch {i}");

        var waiting = appender.AppendBatchAsync(Batch(room, 1), outcomes.Of(room));
        await outcomes.CountAsync(1).OrFail();
        waiting.IsCompleted.ShouldBeFalse("room comes back when the callback has returned, not when it begins");

        door.Open();
        await waiting.OrFail();
        await outcomes.CountAsync(room + 1).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 1);
    }

    [Fact]
    public async Task The_blocking_call_blocks_until_a_callback_has_returned()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1 });
        using var door = new Door();
        var outcomes = new Outcomes();
        appender.AppendBatch(Batch(0, 1), outcomes.Of(0, door.Pass));
        await outcomes.CountAsync(1).OrFail();

        var blocked = Task.Factory.StartNew(() => appender.AppendBatch(Batch(1, 1), outcomes.Of(1)), TaskCreationOptions.LongRunning);
        outcomes.All.Count.ShouldBe(1);
        door.Open();

        await blocked.OrFail();
        await outcomes.CountAsync(2).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 1);
    }

    [Fact]
    public async Task A_call_that_waits_for_room_can_be_cancelled_and_leaves_no_trace()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1 });
        using var door = new Door();
        using var cancel = new CancellationTokenSource();
        var outcomes = new Outcomes();
        await appender.AppendBatchAsync(Batch(0, 1), outcomes.Of(0, door.Pass)).OrFail();

        var cancelled = appender.AppendBatchAsync(Batch(99, 1), outcomes.Of(99), cancel.Token);
        var behind = appender.AppendBatchAsync(Batch(1, 1), outcomes.Of(1));
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled.OrFail());
        door.Open();

        await behind.OrFail();
        await outcomes.CountAsync(2).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 1);
        (await log.ReadAllAsync(Stream)).ShouldBe(["0.0", "1.0"]);
    }

    [Fact]
    public async Task A_callback_may_append_the_next_batch_while_there_is_room()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 2 });
        var outcomes = new Outcomes();

        Link(0);

        await outcomes.CountAsync(20).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 3);
        (await log.ReadAllAsync(Stream)).Count.ShouldBe(60);

        void Link(int batch) => appender.AppendBatch(Batch(batch), outcomes.Of(batch, _ =>
        {
            if (batch < 19)
                Link(batch + 1);
        }));
    }

    [Fact]
    public async Task A_callback_that_would_have_to_wait_for_room_is_told_so_instead_of_waiting_for_itself()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 1 });
        var outcomes = new Outcomes();
        Exception? thrown = null;

        appender.AppendBatch(Batch(0, 1), outcomes.Of(0, _ => thrown = Should.Throw<InvalidOperationException>(() => appender.AppendBatch(Batch(7, 1), outcomes.Of(7)))));

        (await appender.AppendAsync(Batch(1, 1)).OrFail()).Error.ShouldBeNull();
        thrown.ShouldNotBeNull();
        outcomes.All.Count.ShouldBe(1);
        (await log.ReadAllAsync(Stream)).ShouldBe(["0.0", "1.0"]);
    }

    [Fact]
    public async Task A_batch_without_a_callback_of_its_own_is_told_to_the_default_one()
    {
        await using var log = await StartWithStreamAsync();
        var outcomes = new Outcomes();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { DefaultCallback = outcomes.Of(0) });

        appender.AppendBatch(Batch(0), callback: null);

        await outcomes.CountAsync(1).OrFail();
        outcomes.ShouldBeOrdered(recordsPerBatch: 3);
    }

    [Fact]
    public async Task A_batch_that_no_server_would_take_is_refused_and_the_appender_works_on()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup());
        var outcomes = new Outcomes();

        (await appender.AppendBatchAsync([], outcomes.Of(90)).RefusalOrFail()).ShouldBe("bad_record");
        (await appender.AppendBatchAsync([new string('x', (1024 * 1024) + 1)], outcomes.Of(91)).RefusalOrFail()).ShouldBe("too_large");
        (await appender.AppendBatchAsync(Batch(92, 10_001), outcomes.Of(92)).RefusalOrFail()).ShouldBe("too_large");

        (await appender.AppendAsync(Batch(0, 1)).OrFail()).Error.ShouldBeNull();
        outcomes.All.ShouldBeEmpty();
        appender.Fault.ShouldBeNull();
        (await log.ReadAllAsync(Stream)).ShouldBe(["0.0"]);
    }

    [Fact]
    public async Task Tasks_end_in_the_order_of_the_calls_with_the_positions()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 8 });

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => appender.AppendAsync(Batch(i)))).OrFail();

        outcomes.Select(outcome => outcome.Start).ShouldBe(Enumerable.Range(0, 30).Select(i => i * 3L));
        outcomes.ShouldAllBe(outcome => outcome.Error == null);
    }

    [Fact]
    public async Task A_stream_that_does_not_exist_or_is_sealed_gets_no_appender()
    {
        await using var log = await StartWithStreamAsync();
        await log.SealAsync(Stream);

        (await log.OpenAsync("nowhere", new AppenderSetup()).RefusalOrFail()).ShouldBe("stream_not_found");
        (await log.OpenAsync(Stream, new AppenderSetup()).RefusalOrFail()).ShouldBe("stream_sealed");
    }

    [Fact]
    public async Task A_callback_that_throws_ends_the_appender_and_leaves_nobody_without_an_outcome()
    {
        await using var log = await StartWithStreamAsync();
        await using var appender = await log.OpenAsync(Stream, new AppenderSetup { PipelineSize = 3 });
        using var door = new Door();
        var outcomes = new Outcomes();
        for (var i = 0; i < 3; i++)
            appender.AppendBatch(Batch(i, 1), outcomes.Of(i, i == 0 ? Throw : null));

        var waiting = appender.AppendBatchAsync(Batch(3, 1), outcomes.Of(3));
        door.Open();

        (await waiting.RefusalOrFail()).ShouldBe("internal");
        await appender.Completion.OrFail();
        outcomes.All.Select(told => told.Outcome.Error).ShouldBe([null, "internal", "internal"]);
        outcomes.All.Skip(1).ShouldAllBe(told => told.Outcome.MayHaveHappened);
        appender.State.ShouldBe("Faulted");

        void Throw(Outcome outcome)
        {
            door.Pass(outcome);
            throw new InvalidOperationException("the owner's defect");
        }
    }
}
