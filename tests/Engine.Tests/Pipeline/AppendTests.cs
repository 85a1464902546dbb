using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Wal;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Pipeline;

public class AppendTests
{
    private readonly StreamHarness _node = new();

    [Fact]
    public void Batches_get_dense_positions_in_the_order_of_the_calls()
    {
        var stream = _node.Open();
        var first = stream.AppendAsync(Batch("a", "b"), default, default).AsTask();
        var second = stream.AppendAsync(Batch("c"), default, default).AsTask();
        _node.Wal.Flush();

        first.Result.ShouldBe(new AppendResult(0, 2, 3, Duplicate: false));
        second.Result.ShouldBe(new AppendResult(2, 3, 3, Duplicate: false));
        All(stream).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public void Nothing_is_acknowledged_or_shown_before_it_is_durable()
    {
        var stream = _node.Open();
        var append = stream.AppendAsync(Batch("a"), default, default).AsTask();

        append.IsCompleted.ShouldBeFalse();
        stream.Status.Tail.ShouldBe(0);
        Read(stream, ReadRequest.FromLsn(0)).Records.IsEmpty.ShouldBeTrue();

        _node.Wal.Flush();
        append.Result.End.ShouldBe(1);
        stream.Status.Tail.ShouldBe(1);
    }

    [Fact]
    public async Task Outcomes_come_in_the_order_of_positions_as_far_as_the_disk_got()
    {
        var stream = _node.Open();
        var appends = Enumerable.Range(0, 8).Select(i => stream.AppendAsync(Batch($"{i}"), default, default).AsTask()).ToArray();
        for (var durable = 1; durable <= appends.Length; durable++)
        {
            _node.Wal.Flush(1);
            (await appends[durable - 1]).ShouldBe(new AppendResult(durable - 1, durable, durable, false));
            appends.Skip(durable).ShouldAllBe(a => !a.IsCompleted);
        }
    }

    [Fact]
    public void A_failed_disk_fails_everything_pending_in_order_as_unknown_and_refuses_the_rest()
    {
        var stream = _node.Open();
        var order = new List<int>();
        var appends = new List<Task<AppendResult>>();
        for (var i = 0; i < 3; i++)
        {
            var number = i;
            appends.Add(stream.AppendAsync(Batch("x"), default, default).AsTask());
            _ = appends[i].ContinueWith(
                _ =>
                {
                    lock (order)
                        order.Add(number);
                },
                TaskScheduler.Default);
        }

        _node.Wal.Flush(1);
        _node.Wal.Fail();
        appends[0].Result.End.ShouldBe(1);
        Failure(appends[1]).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
        Failure(appends[2]).Code.ShouldBe(LogErrorCode.OutcomeUnknown);

        var later = Refusal(stream.AppendAsync(Batch("y"), default, default));
        later.Code.ShouldBe(LogErrorCode.Draining);
        later.SideEffects.ShouldBe(SideEffects.None);
        stream.Status.Tail.ShouldBe(1);
    }

    [Fact]
    public void Batches_that_break_a_rule_are_refused_with_the_limit_and_without_effect()
    {
        var stream = _node.Open(config: new StreamConfig { MaxRecordBytes = 100 });
        Refused(default).ShouldBe(LogErrorCode.BadRecord);
        Refused(new RecordBatch(new byte[101])).ShouldBe(LogErrorCode.TooLarge);
        Refused(Batch(Enumerable.Repeat(new AppendRecord(default(ReadOnlyMemory<byte>)), Limits.BatchRecords + 1))).ShouldBe(LogErrorCode.TooLarge);
        Refused(new RecordBatch(new AppendRecord(default, Timestamp: -1))).ShouldBe(LogErrorCode.BadRecord);
        Refused(new RecordBatch(new AppendRecord(default, new RecordHeader[65]))).ShouldBe(LogErrorCode.TooLarge);
        Refused(new RecordBatch(new AppendRecord(default, new[] { new RecordHeader(default, default) }))).ShouldBe(LogErrorCode.BadRecord);
        stream.Config = StreamConfig.Default;
        Refused(Batch(Enumerable.Repeat(new AppendRecord(new byte[1024 * 1024]), 4))).ShouldBe(LogErrorCode.TooLarge);

        _node.Append(stream, "a").ShouldBe(new AppendResult(0, 1, 1, false));

        LogErrorCode Refused(in RecordBatch batch) => Refusal(stream.AppendAsync(batch, default, default)).Code;
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("has space", 0, 0)]
    [InlineData("p", -1, 0)]
    [InlineData("p", 0, -1)]
    public void A_stamp_that_breaks_a_rule_is_a_bad_request(string id, int epoch, long sequence) =>
        Refusal(_node.Open().AppendAsync(Batch("a"), new AppendConditions(Producer: new ProducerStamp(id, epoch, sequence)), default))
            .Code.ShouldBe(LogErrorCode.BadRequest);

    [Fact]
    public void The_largest_batch_is_taken_whole()
    {
        var stream = _node.Open();
        var record = new AppendRecord(new byte[1024 * 1024 - 64 * 1024]);
        var records = Enumerable.Repeat(record, 4).Append(new AppendRecord(new byte[4 * 64 * 1024 - 5 * Limits.RecordOverheadBytes])).ToList();
        var batch = Batch(records);
        batch.SizeBytes.ShouldBe(Limits.BatchBytes);
        _node.Append(stream, batch).End.ShouldBe(5);
    }

    [Fact]
    public void An_append_that_was_cancelled_before_is_not_ordered()
    {
        var stream = _node.Open();
        stream.AppendAsync(Batch("a"), default, new CancellationToken(canceled: true)).IsCanceled.ShouldBeTrue();
        _node.Append(stream, "b").Start.ShouldBe(0);
    }

    [Theory]
    [InlineData(3_600_000, null)]
    [InlineData(3_600_001, "")]
    [InlineData(1_793_205_000_000_000, "microseconds")]
    public void Timestamp_ahead_of_the_clock_is_rejected_with_both_times(long ahead, string? unit)
    {
        var stream = _node.Open();
        var now = _node.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var batch = Batch([new AppendRecord(default), new AppendRecord(default, Timestamp: now + ahead)]);
        if (unit is null)
        {
            _node.Append(stream, batch).End.ShouldBe(2);
            return;
        }

        var refusal = Refusal(stream.AppendAsync(batch, default, default));

        (refusal.Code, refusal.Facts.Reason, refusal.Facts.Limit).ShouldBe((LogErrorCode.BadRecord, "timestamp_ahead", now + 3_600_000));
        refusal.Message.ShouldContain($"{now + ahead}");
        refusal.Message.ShouldContain($"{now}");
        refusal.Message.Contains("looks like", StringComparison.Ordinal).ShouldBe(unit.Length > 0);
        refusal.Message.ShouldContain(unit);
        _node.Append(stream, "later");
        stream.Status.LastTimestamp.ShouldBe(now);
    }

    [Fact]
    public void Timestamp_lead_is_that_of_the_stream()
    {
        var stream = _node.Open(config: new StreamConfig { TimestampLead = TimeSpan.Zero });
        var now = _node.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        Refusal(stream.AppendAsync(Batch([new AppendRecord(default, Timestamp: now + 1)]), default, default)).Facts.Limit.ShouldBe(now);
        stream.Config = stream.Config with { TimestampLead = TimeSpan.FromDays(10) };
        _node.Append(stream, Batch([new AppendRecord(default, Timestamp: now + 864_000_000)])).End.ShouldBe(1);
    }

    [Fact]
    public void Repeat_is_answered_although_the_clock_was_set_back()
    {
        var stream = _node.Open();
        var batch = Batch([new AppendRecord(default, Timestamp: _node.Clock.GetUtcNow().ToUnixTimeMilliseconds())]);
        var stamp = new AppendConditions(Producer: new ProducerStamp("p", 0, 0));
        _node.Append(stream, batch, stamp);
        _node.Clock.Turn(TimeSpan.FromDays(-1));
        stream.AppendAsync(batch, stamp, default).Result.Duplicate.ShouldBeTrue();
    }

    [Fact]
    public void Nanoseconds_are_rejected_with_a_hint()
    {
        var nanoseconds = Batch([new AppendRecord(default, Timestamp: 1_795_000_000_000_000_000)]);
        Refusal(_node.Open().AppendAsync(nanoseconds, default, default)).Message.ShouldContain("looks like nanoseconds");
    }

    [Fact]
    public void Timestamps_never_run_backwards()
    {
        var stream = _node.Open();
        var now = _node.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        AppendRecord At(long? timestamp) => new(default, Timestamp: timestamp);
        _node.Append(stream, Batch([At(null), At(now + 5), At(now - 9), At(null)]));
        _node.Append(stream, Batch([At(null), At(now + 7)]));
        using var page = Read(stream, ReadRequest.FromLsn(0));
        page.Records.ToArray().Select(r => r.Timestamp - now).ShouldBe([0, 5, 5, 5, 5, 7]);
        stream.Status.LastTimestamp.ShouldBe(now + 7);
    }

    [Fact]
    public void The_expected_tail_is_compared_with_what_was_ordered_not_with_what_is_durable()
    {
        var stream = _node.Open();
        var first = stream.AppendAsync(Batch("a"), new AppendConditions(ExpectedTail: 0), default).AsTask();
        var refusal = Refusal(stream.AppendAsync(Batch("b"), new AppendConditions(ExpectedTail: 0), default));
        refusal.Code.ShouldBe(LogErrorCode.AppendConditionFailed);
        refusal.Facts.ExpectedTail.ShouldBe(0);
        refusal.Facts.Tail.ShouldBe(0, "Clients see the committed tail.");
        var second = stream.AppendAsync(Batch("b"), new AppendConditions(ExpectedTail: 1), default).AsTask();
        _node.Wal.Flush();
        first.Result.End.ShouldBe(1);
        second.Result.End.ShouldBe(2);
    }

    [Fact]
    public void Bytes_in_flight_are_bounded_and_free_again_when_they_are_durable()
    {
        var node = new StreamHarness(new StreamBounds { InFlightBytes = 64 * 1024 });
        var stream = node.Open();
        var payload = new RecordBatch(new byte[30 * 1024]);
        _ = stream.AppendAsync(payload, default, default).AsTask();
        _ = stream.AppendAsync(payload, default, default).AsTask();
        var refusal = Refusal(stream.AppendAsync(payload, default, default));
        refusal.Code.ShouldBe(LogErrorCode.TooManyInFlight);
        refusal.SideEffects.ShouldBe(SideEffects.None);
        refusal.Facts.Limit.ShouldBe(64 * 1024);
        node.Wal.Flush();
        node.Append(stream, payload).Start.ShouldBe(2);
        node.Append(stream, new RecordBatch(new byte[128 * 1024])).Start.ShouldBe(3, "One batch is taken whatever its size.");
    }

    [Fact]
    public void The_smallest_appends_are_bounded_too()
    {
        var node = new StreamHarness(new StreamBounds { InFlightBytes = 64 * 1024 });
        var stream = node.Open();
        var taken = 0;
        while (stream.AppendAsync(Batch(""), default, default) is { IsFaulted: false })
            (++taken).ShouldBeLessThan(1_000);
    }

    [Theory]
    [InlineData(WalAdmission.Overloaded, LogErrorCode.Overloaded)]
    [InlineData(WalAdmission.Full, LogErrorCode.ReadOnlyDiskFull)]
    [InlineData(WalAdmission.Stopped, LogErrorCode.Draining)]
    internal void What_the_node_refuses_takes_no_position(WalAdmission admission, LogErrorCode code)
    {
        var stream = _node.Open();
        _node.Wal.Appends = admission;
        var refusal = Refusal(stream.AppendAsync(Batch("a"), default, default));
        refusal.Code.ShouldBe(code);
        refusal.Retryable.ShouldBeTrue();
        refusal.SideEffects.ShouldBe(SideEffects.None);
        _node.Wal.Appends = WalAdmission.Admitted;
        _node.Append(stream, "b").Start.ShouldBe(0);
    }

    [Fact]
    public void A_stream_that_was_not_opened_takes_nothing()
    {
        var stream = _node.Make();
        Refusal(stream.AppendAsync(Batch("a"), default, default)).Code.ShouldBe(LogErrorCode.Moving);
        Refusal(stream.SealAsync(default)).Code.ShouldBe(LogErrorCode.Moving);
    }

    [Fact]
    public async Task Draining_refuses_new_appends_and_ends_when_the_old_ones_have_ended()
    {
        var stream = _node.Open();
        var append = stream.AppendAsync(Batch("a"), default, default).AsTask();
        var drained = _node.Node.DrainAsync();
        Refusal(stream.AppendAsync(Batch("b"), default, default)).Code.ShouldBe(LogErrorCode.Draining);
        Refusal(stream.TrimAsync(0, default)).Code.ShouldBe(LogErrorCode.Draining);
        drained.IsCompleted.ShouldBeFalse();
        _node.Wal.Flush();
        await drained;
        (await append).End.ShouldBe(1);
        await _node.Node.DrainAsync();
    }

    [Fact]
    public void Deleting_ends_what_is_pending_and_everything_later()
    {
        var stream = _node.Open();
        var append = stream.AppendAsync(Batch("a"), default, default).AsTask();
        var trim = stream.TrimAsync(0, default);
        var seal = stream.SealAsync(default).AsTask();
        var follower = stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = TimeSpan.FromSeconds(5) }, default).AsTask();
        stream.Delete();

        trim.Result.Head.ShouldBe(0, "It had its outcome.");
        Failure(append).Code.ShouldBe(LogErrorCode.StreamNotFound);
        Failure(seal).Code.ShouldBe(LogErrorCode.StreamNotFound);
        Failure(follower).Code.ShouldBe(LogErrorCode.StreamNotFound);
        _node.Wal.Flush();
        Refusal(stream.AppendAsync(Batch("a"), default, default)).Code.ShouldBe(LogErrorCode.StreamNotFound);
        Refusal(stream.ReadAsync(ReadRequest.FromLsn(0), default)).Code.ShouldBe(LogErrorCode.StreamNotFound);
        Should.Throw<LogException>(() => stream.OpenAsync(default).AsTask().GetAwaiter().GetResult()).Code.ShouldBe(LogErrorCode.StreamNotFound);
        _node.Node.DrainAsync().IsCompleted.ShouldBeTrue("Every call was counted out.");
    }

    [Fact]
    public void An_outcome_can_be_taken_once_and_a_late_second_await_cannot_touch_the_next_append()
    {
        var stream = _node.Open();
        var first = stream.AppendAsync(Batch("a"), default, default);
        _node.Wal.Flush();
        first.Result.End.ShouldBe(1);
        var second = stream.AppendAsync(Batch("b"), default, default);
        Should.Throw<InvalidOperationException>(() => first.Result);
        _node.Wal.Flush();
        second.Result.End.ShouldBe(2);
    }
}
