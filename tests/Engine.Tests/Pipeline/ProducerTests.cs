using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Wal;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Pipeline;

public class ProducerTests
{
    private readonly StreamHarness _node = new();

    private static AppendConditions By(long sequence, int epoch = 0, string id = "p") => new(Producer: new ProducerStamp(id, epoch, sequence));

    [Fact]
    public void A_repeated_batch_gets_its_original_positions()
    {
        var stream = _node.Open();
        _node.Append(stream, Batch("a", "b"), By(0));
        _node.Append(stream, "other");
        stream.AppendAsync(Batch("a", "b"), By(0), default).Result.ShouldBe(new AppendResult(0, 2, 3, Duplicate: true));
        All(stream).ShouldBe(["a", "b", "other"]);
    }

    [Fact]
    public void A_batch_repeated_in_flight_waits_for_the_original()
    {
        var stream = _node.Open();
        var original = stream.AppendAsync(Batch("a"), By(0), default).AsTask();
        var repeated = stream.AppendAsync(Batch("a"), By(0), default).AsTask();
        var next = stream.AppendAsync(Batch("b"), By(1), default).AsTask();
        repeated.IsCompleted.ShouldBeFalse();
        _node.Wal.Flush();
        original.Result.ShouldBe(new AppendResult(0, 1, 2, Duplicate: false));
        repeated.Result.ShouldBe(new AppendResult(0, 1, 2, Duplicate: true));
        next.Result.Start.ShouldBe(1);
        _node.Wal.Entries().Count(e => e.Entry.Type == WalEntryType.Append).ShouldBe(2);
    }

    [Fact]
    public void A_batch_repeated_in_flight_behind_a_seal_is_answered_with_the_original()
    {
        var stream = _node.Open();
        var original = stream.AppendAsync(Batch("a"), By(0), default).AsTask();
        var seal = stream.SealAsync(default).AsTask();
        var repeated = stream.AppendAsync(Batch("a"), By(0), default).AsTask();
        Refusal(stream.AppendAsync(Batch("b"), By(1), default)).Code.ShouldBe(LogErrorCode.StreamSealed);
        repeated.IsCompleted.ShouldBeFalse("Nothing is durable yet.");
        _node.Wal.Flush();
        original.Result.ShouldBe(new AppendResult(0, 1, 1, Duplicate: false));
        repeated.Result.ShouldBe(new AppendResult(0, 1, 1, Duplicate: true));
        seal.Result.Sealed.ShouldBeTrue();
    }

    [Fact]
    public void A_sealed_stream_forgets_its_silent_producers_too()
    {
        var stream = _node.Open(config: new StreamConfig { ProducerExpiry = TimeSpan.FromHours(1) });
        _node.Append(stream, "a", By(0));
        _node.Settle(stream.SealAsync(default));
        foreach (var now in new[] { stream, _node.Open(_node.Recover()), _node.Open(_node.Recover(checkpoint: stream.Capture())) })
            now.AppendAsync(Batch("a"), By(0), default).Result.Duplicate.ShouldBeTrue();

        _node.Clock.Advance(TimeSpan.FromHours(2));
        Refusal(stream.AppendAsync(Batch("another"), By(0), default)).Code.ShouldBe(LogErrorCode.StreamSealed);
    }

    [Fact]
    public void A_batch_repeated_in_flight_fails_with_the_original()
    {
        var stream = _node.Open();
        var original = stream.AppendAsync(Batch("a"), By(0), default).AsTask();
        var repeated = stream.AppendAsync(Batch("a"), By(0), default).AsTask();
        _node.Wal.Fail();
        Failure(original).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
        Failure(repeated).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
    }

    [Fact]
    public void Repeats_in_flight_are_bounded_too()
    {
        var node = new StreamHarness(new StreamBounds { InFlightBytes = 64 * 1024 });
        var stream = node.Open();
        _ = stream.AppendAsync(Batch("a"), By(0), default).AsTask();
        var repeats = 0;
        while (stream.AppendAsync(Batch("a"), By(0), default) is { IsFaulted: false })
            (++repeats).ShouldBeLessThan(1_000);
    }

    [Fact]
    public void A_repeat_is_answered_where_there_is_no_room_for_anything_new()
    {
        var stream = _node.Open();
        _node.Append(stream, "a", By(0));
        _node.Wal.Appends = WalAdmission.Full;
        stream.AppendAsync(Batch("a"), By(0), default).Result.Duplicate.ShouldBeTrue();
    }

    [Fact]
    public void The_last_sixteen_batches_are_remembered_and_an_older_one_is_refused_not_taken()
    {
        var stream = _node.Open();
        for (var i = 0; i < 40; i++)
            _node.Append(stream, $"{i}", By(i));

        for (var i = 24; i < 40; i++)
            stream.AppendAsync(Batch("?"), By(i), default).Result.ShouldBe(new AppendResult(i, i + 1, 40, Duplicate: true));

        var refusal = Refusal(stream.AppendAsync(Batch("?"), By(23), default));
        refusal.Code.ShouldBe(LogErrorCode.ProducerGap);
        refusal.Facts.ExpectedSequence.ShouldBe(40);
        stream.Status.Tail.ShouldBe(40);
    }

    [Fact]
    public void A_gap_is_refused_and_says_what_was_expected()
    {
        var stream = _node.Open();
        Refusal(stream.AppendAsync(Batch("a"), By(1), default)).Facts.ExpectedSequence.ShouldBe(0);
        _node.Append(stream, "a", By(0));
        var refusal = Refusal(stream.AppendAsync(Batch("c"), By(2), default));
        refusal.Code.ShouldBe(LogErrorCode.ProducerGap);
        (refusal.Facts.ExpectedSequence, refusal.Facts.ReceivedSequence).ShouldBe((1, 2));
    }

    [Fact]
    public void A_new_epoch_begins_at_zero_and_shuts_out_the_older_one_for_good()
    {
        var stream = _node.Open();
        _node.Append(stream, "a", By(0));
        Refusal(stream.AppendAsync(Batch("b"), By(1, epoch: 1), default)).Facts.ExpectedSequence.ShouldBe(0);
        _node.Append(stream, "b", By(0, epoch: 1)).Start.ShouldBe(1);
        var refusal = Refusal(stream.AppendAsync(Batch("a"), By(0), default));
        refusal.Code.ShouldBe(LogErrorCode.StaleProducerEpoch);
        refusal.Facts.Epoch.ShouldBe(1);
        stream.AppendAsync(Batch("b"), By(0, epoch: 1), default).Result.ShouldBe(new AppendResult(1, 2, 2, Duplicate: true));
    }

    [Fact]
    public void A_new_epoch_of_a_producer_that_wrote_much_is_remembered_from_its_first_batch_on()
    {
        var stream = _node.Open();
        for (var i = 0; i < 40; i++)
            _node.Append(stream, $"{i}", By(i));

        _node.Append(stream, "a", By(0, epoch: 1));
        _node.Append(stream, "b", By(1, epoch: 1));
        foreach (var now in new[] { stream, _node.Open(_node.Recover()), _node.Open(_node.Recover(checkpoint: stream.Capture())) })
        {
            for (var i = 0; i < 2; i++)
                now.AppendAsync(Batch("?"), By(i, epoch: 1), default).Result.ShouldBe(new AppendResult(40 + i, 41 + i, 42, Duplicate: true));
        }
    }

    [Fact]
    public void An_append_is_not_acknowledged_with_the_expiry_that_was_written_before_it()
    {
        var stream = _node.Open(config: new StreamConfig { ProducerExpiry = TimeSpan.FromHours(1) });
        _node.Append(stream, "a", By(0, id: "silent"));
        _node.Clock.Advance(TimeSpan.FromHours(2));
        var append = stream.AppendAsync(Batch("b"), By(0, id: "busy"), default).AsTask();
        _node.Wal.Flush(1);
        _node.Wal.Entries()[^1].Entry.Type.ShouldBe(WalEntryType.ProducerExpiry);
        append.IsCompleted.ShouldBeFalse();
        stream.Status.Tail.ShouldBe(1);
        _node.Wal.Flush(1);
        append.Result.End.ShouldBe(2);
    }

    [Fact]
    public void A_refused_batch_leaves_its_producer_where_it_was()
    {
        var stream = _node.Open();
        Refusal(stream.AppendAsync(Batch("a"), By(0) with { ExpectedTail = 7 }, default)).Code.ShouldBe(LogErrorCode.AppendConditionFailed);
        _node.Wal.Appends = WalAdmission.Overloaded;
        Refusal(stream.AppendAsync(Batch("a"), By(0), default)).Code.ShouldBe(LogErrorCode.Overloaded);
        _node.Wal.Appends = WalAdmission.Admitted;
        _node.Append(stream, "a", By(0)).ShouldBe(new AppendResult(0, 1, 1, Duplicate: false));
    }

    [Fact]
    public void Conditions_are_checked_in_the_documented_order()
    {
        var stream = _node.Open();
        _node.Append(stream, "a", By(0, epoch: 3));
        var wrong = new AppendConditions(ExpectedTail: 9, FencingToken: "wrong", Producer: new ProducerStamp("p", 2, 5));
        Code(wrong).ShouldBe(LogErrorCode.Fenced);
        wrong = wrong with { FencingToken = null };
        Code(wrong).ShouldBe(LogErrorCode.StaleProducerEpoch);
        wrong = wrong with { Producer = new ProducerStamp("p", 3, 5) };
        Code(wrong).ShouldBe(LogErrorCode.ProducerGap);
        stream.AppendAsync(Batch("a"), wrong with { Producer = new ProducerStamp("p", 3, 0) }, default).Result.Duplicate.ShouldBeTrue();
        Code(wrong with { Producer = new ProducerStamp("p", 3, 1) }).ShouldBe(LogErrorCode.AppendConditionFailed);
        _node.Settle(stream.SealAsync(default));
        Code(wrong with { FencingToken = "wrong" }).ShouldBe(LogErrorCode.StreamSealed);

        LogErrorCode Code(in AppendConditions conditions) => Refusal(stream.AppendAsync(Batch("b"), conditions, default)).Code;
    }

    [Fact]
    public void A_silent_producer_is_forgotten_by_an_entry_so_that_a_restart_forgets_the_same()
    {
        var stream = _node.Open(config: new StreamConfig { ProducerExpiry = TimeSpan.FromHours(1) });
        _node.Append(stream, "a", By(0, id: "silent"));
        _node.Clock.Advance(TimeSpan.FromMinutes(50));
        _node.Append(stream, "b", By(0, id: "busy"));
        _node.Clock.Advance(TimeSpan.FromMinutes(20));
        _node.Append(stream, "c", By(1, id: "busy"));

        foreach (var now in new[] { stream, _node.Open(_node.Recover()) })
        {
            Refusal(now.AppendAsync(Batch("x"), By(1, id: "silent"), default)).Facts.ExpectedSequence.ShouldBe(0);
            now.AppendAsync(Batch("x"), By(1, id: "busy"), default).Result.Duplicate.ShouldBeTrue();
        }
    }

    [Fact]
    public void Repeat_is_recognized_after_5000_other_producers()
    {
        var stream = _node.Open();
        _node.Append(stream, "first", By(0, id: "job-0"));
        for (var i = 1; i <= 5_000; i++)
            _node.Append(stream, "x", By(0, id: $"job-{i}"));

        foreach (var now in new[] { stream, _node.Open(_node.Recover()), _node.Open(_node.Recover(checkpoint: stream.Capture())) })
            now.AppendAsync(Batch("first"), By(0, id: "job-0"), default).Result.ShouldBe(new AppendResult(0, 1, 5_001, Duplicate: true));
    }

    [Fact]
    public void Full_table_rejects_new_producers_until_one_expires()
    {
        var node = new StreamHarness(new StreamBounds { Producers = 3 });
        var stream = node.Open(config: new StreamConfig { ProducerExpiry = TimeSpan.FromHours(1) });
        for (var i = 0; i < 3; i++)
        {
            node.Append(stream, "x", By(0, id: $"p{i}"));
            node.Clock.Advance(TimeSpan.FromMinutes(10));
        }

        var refusal = Refusal(stream.AppendAsync(Batch("new"), By(0, id: "new"), default));
        (refusal.Code, refusal.Facts.Reason, refusal.Facts.Limit, refusal.Facts.Unit).ShouldBe((LogErrorCode.Overloaded, "producers", 3L, "producers"));
        (refusal.Retryable, refusal.SideEffects).ShouldBe((true, SideEffects.None));
        node.Append(stream, "known", By(1, id: "p1"));
        node.Append(stream, "without a stamp");
        stream.AppendAsync(Batch("x"), By(0, id: "p0"), default).Result.Duplicate.ShouldBeTrue();

        node.Clock.Advance(TimeSpan.FromMinutes(31));
        node.Append(stream, "new", By(0, id: "new")).Duplicate.ShouldBeFalse();
        stream.Capture().Producers.Select(p => p.Id).Order().ShouldBe(["new", "p1", "p2"]);
    }

    [Fact]
    public void Full_node_rejects_new_producers_of_every_stream()
    {
        var node = new StreamHarness(new StreamBounds { NodeProducers = 2 });
        var (one, two) = (node.Open(1), node.Open(2));
        node.Append(one, "x", By(0, id: "a"));
        node.Append(two, "x", By(0, id: "a"));
        Refusal(two.AppendAsync(Batch("x"), By(0, id: "b"), default)).Facts.Reason.ShouldBe("producers");

        one.Delete();
        node.Append(two, "x", By(0, id: "b"));
        node.Node.Producers.ShouldBe(2);
    }

    [Fact]
    public void Lowered_expiry_counts_immediately()
    {
        var stream = _node.Open();
        _node.Append(stream, "x", By(0, id: "silent"));
        _node.Append(stream, "x", By(0, id: "busy"));
        _node.Clock.Advance(TimeSpan.FromHours(2));
        stream.Config = stream.Config with { ProducerExpiry = TimeSpan.FromHours(1) };
        _node.Append(stream, "x", By(0, id: "other"));
        stream.Capture().Producers.Select(p => p.Id).ShouldBe(["other"]);
    }

    [Fact]
    public void Idle_stream_forgets_its_producers_when_asked()
    {
        var stream = _node.Open(config: new StreamConfig { ProducerExpiry = TimeSpan.FromHours(1) });
        _node.Append(stream, "x", By(0));
        stream.HasSilentProducers.ShouldBeFalse();
        _node.Clock.Advance(TimeSpan.FromHours(2));
        stream.HasSilentProducers.ShouldBeTrue();

        stream.ForgetSilent();
        _node.Wal.Flush();

        stream.HasSilentProducers.ShouldBeFalse();
        _node.Node.Producers.ShouldBe(0);
        _node.Recover().Capture().Producers.ShouldBeEmpty();
    }

    [Fact]
    public void Silent_producers_go_once_there_is_room_for_the_entry()
    {
        var stream = _node.Open(config: new StreamConfig { ProducerExpiry = TimeSpan.FromHours(1) });
        _node.Append(stream, "x", By(0));
        _node.Clock.Advance(TimeSpan.FromHours(2));
        _node.Wal.Controls = WalAdmission.Full;
        stream.ForgetSilent();
        stream.Capture().Producers.Count.ShouldBe(1);

        _node.Wal.Controls = WalAdmission.Admitted;
        _node.Clock.Advance(TimeSpan.FromMinutes(1));
        stream.ForgetSilent();

        stream.Capture().Producers.ShouldBeEmpty();
    }

    [Fact]
    public void Clock_that_jumps_forgets_no_producer()
    {
        var stream = _node.Open(config: new StreamConfig { ProducerExpiry = TimeSpan.FromHours(1) });
        _node.Append(stream, "x", By(0));
        foreach (var days in new[] { 400, -800 })
        {
            _node.Clock.Turn(TimeSpan.FromDays(days));
            _node.Append(stream, "y", By(0, id: $"{days}"));
            stream.AppendAsync(Batch("x"), By(0), default).Result.Duplicate.ShouldBeTrue();
        }
    }
}
