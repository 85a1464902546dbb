namespace Orleans.Log.Testing.Conformance;

/// <summary>Idempotence: a batch with a producer's stamp is stored once, however often it is sent.</summary>
public abstract class ProducerConformance<TFactory> : LogServiceConformance<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task A_repeated_batch_is_answered_with_its_original_positions()
    {
        var stream = await CreateAsync("s");
        await AppendAsync(stream, Stamp(0), "a", "b");
        await AppendAsync(stream, "other");
        await AppendAsync(stream, Stamp(1), "c");
        (await AppendAsync(stream, Stamp(0), "a", "b")).ShouldBe(new AppendResult(0, 2, 4, Duplicate: true));
        (await AppendAsync(stream, Stamp(1), "c")).ShouldBe(new AppendResult(3, 4, 4, Duplicate: true));
        (await ReadAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["a", "b", "other", "c"]);
    }

    [Fact]
    public async Task A_repeat_of_a_batch_in_flight_gets_the_same_positions()
    {
        var stream = await CreateAsync("s");
        var calls = Enumerable.Range(0, 10).Select(_ => AppendAsync(stream, Stamp(0), "a").AsTask()).ToList();
        var results = await Task.WhenAll(calls);
        results.ShouldAllBe(result => result.Start == 0 && result.End == 1);
        results.Count(result => !result.Duplicate).ShouldBe(1);
        (await stream.CheckTailAsync(None)).Tail.ShouldBe(1);
    }

    [Fact]
    public async Task A_gap_is_refused_and_names_what_is_expected()
    {
        var stream = await CreateAsync("s");
        var first = await ShouldFailAsync(LogErrorCode.ProducerGap, () => AppendAsync(stream, Stamp(5), "x"));
        (first.ExpectedSequence, first.ReceivedSequence).ShouldBe((0L, 5L));
        await AppendAsync(stream, Stamp(0), "a");
        var second = await ShouldFailAsync(LogErrorCode.ProducerGap, () => AppendAsync(stream, Stamp(2), "x"));
        (second.ExpectedSequence, second.ReceivedSequence).ShouldBe((1L, 2L));
        (await stream.CheckTailAsync(None)).Tail.ShouldBe(1);
    }

    [Fact]
    public async Task A_new_epoch_starts_at_zero_and_shuts_out_the_old_one()
    {
        var stream = await CreateAsync("s");
        await AppendAsync(stream, Stamp(0), "a");
        (await ShouldFailAsync(LogErrorCode.ProducerGap, () => AppendAsync(stream, Stamp(1, epoch: 7), "x"))).ExpectedSequence.ShouldBe(0);
        await AppendAsync(stream, Stamp(0, epoch: 7), "b");
        (await ShouldFailAsync(LogErrorCode.StaleProducerEpoch, () => AppendAsync(stream, Stamp(1), "x"))).Epoch.ShouldBe(7);
        (await ReadAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Producers_do_not_know_of_each_other()
    {
        var stream = await CreateAsync("s");
        await AppendAsync(stream, Stamp(0, id: "p"), "a");
        (await AppendAsync(stream, Stamp(0, id: "q"), "b")).Duplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task A_refused_batch_may_be_sent_again_under_its_sequence()
    {
        var stream = await CreateWithAsync("s", "x");
        await ShouldFailAsync(LogErrorCode.AppendConditionFailed, () => AppendAsync(stream, Stamp(0) with { ExpectedTail = 9 }, "a"));
        (await AppendAsync(stream, Stamp(0) with { ExpectedTail = 1 }, "a")).Duplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task A_repeated_batch_is_answered_after_the_stream_was_fenced_and_sealed()
    {
        var stream = await CreateAsync("s");
        await stream.FenceAsync("mine", null, None);
        var mine = Stamp(0) with { FencingToken = "mine" };
        await AppendAsync(stream, mine, "a", "b");

        await stream.FenceAsync("another", null, None);
        (await AppendAsync(stream, mine, "a", "b")).ShouldBe(new AppendResult(0, 2, 2, Duplicate: true));
        await ShouldFailAsync(LogErrorCode.Fenced, () => AppendAsync(stream, Stamp(1) with { FencingToken = "mine" }, "c"));

        await stream.SealAsync(None);
        (await AppendAsync(stream, mine, "a", "b")).ShouldBe(new AppendResult(0, 2, 2, Duplicate: true));
        await ShouldFailAsync(LogErrorCode.StreamSealed, () => AppendAsync(stream, Stamp(1) with { FencingToken = "mine" }, "c"));
        (await ReadAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_batch_of_an_epoch_that_is_over_is_no_duplicate()
    {
        var stream = await CreateAsync("s");
        await AppendAsync(stream, Stamp(0), "a");
        await AppendAsync(stream, Stamp(0, epoch: 1), "b");
        await ShouldFailAsync(LogErrorCode.StaleProducerEpoch, () => AppendAsync(stream, Stamp(0), "a"));
        await stream.SealAsync(None);
        await ShouldFailAsync(LogErrorCode.StreamSealed, () => AppendAsync(stream, Stamp(0), "a"));
    }

    [Fact]
    public async Task Conditions_are_checked_in_the_documented_order()
    {
        var stream = await CreateAsync("s");
        await AppendAsync(stream, Stamp(0, epoch: 3), "a");

        // A duplicate is one, whatever tail it expected: its first copy met that expectation.
        (await AppendAsync(stream, Stamp(0, epoch: 3) with { ExpectedTail = 0 }, "a")).Duplicate.ShouldBeTrue();

        // Everything is wrong at once; one condition after the other is put right.
        await stream.FenceAsync("token", null, None);
        var bad = Stamp(9, epoch: 2) with { ExpectedTail = 9 };
        await ShouldFailAsync(LogErrorCode.Fenced, () => AppendAsync(stream, bad, "x"));
        bad = bad with { FencingToken = "token" };
        await ShouldFailAsync(LogErrorCode.StaleProducerEpoch, () => AppendAsync(stream, bad, "x"));
        bad = Stamp(9, epoch: 3) with { ExpectedTail = 9, FencingToken = "token" };
        await ShouldFailAsync(LogErrorCode.ProducerGap, () => AppendAsync(stream, bad, "x"));
        bad = Stamp(1, epoch: 3) with { ExpectedTail = 9, FencingToken = "token" };
        await ShouldFailAsync(LogErrorCode.AppendConditionFailed, () => AppendAsync(stream, bad, "x"));
        await stream.SealAsync(None);
        await ShouldFailAsync(LogErrorCode.StreamSealed, () => AppendAsync(stream, Stamp(9, epoch: 2) with { ExpectedTail = 9 }, "x"));
    }

    private static AppendConditions Stamp(long sequence, int epoch = 0, string id = "producer") =>
        new(Producer: new ProducerStamp(id, epoch, sequence));
}
