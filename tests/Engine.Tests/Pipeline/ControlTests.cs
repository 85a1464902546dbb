using Orleans.Log.Engine.Wal;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Pipeline;

public class ControlTests
{
    private readonly StreamHarness _node = new();

    [Fact]
    public void A_token_shuts_out_every_append_that_does_not_carry_it()
    {
        var stream = _node.Open();
        _node.Settle(stream.FenceAsync("new", null, default)).Tail.ShouldBe(0);
        stream.Status.Fenced.ShouldBeTrue();
        Code(null).ShouldBe(LogErrorCode.Fenced);
        Code("old").ShouldBe(LogErrorCode.Fenced);
        _node.Append(stream, "a", new AppendConditions(FencingToken: "new")).Start.ShouldBe(0);
        _node.Settle(stream.FenceAsync("", null, default));
        stream.Status.Fenced.ShouldBeFalse();
        Code("new").ShouldBe(LogErrorCode.Fenced, "Its writer believes to hold something that is gone.");
        _node.Append(stream, "b").Start.ShouldBe(1);

        LogErrorCode Code(string? token) => Refusal(stream.AppendAsync(Batch("x"), new AppendConditions(FencingToken: token), default)).Code;
    }

    [Fact]
    public void A_token_counts_from_the_moment_it_is_ordered_and_is_shown_once_it_is_durable()
    {
        var stream = _node.Open();
        var before = stream.AppendAsync(Batch("a"), default, default).AsTask();
        var fence = stream.FenceAsync("t", null, default).AsTask();
        Refusal(stream.AppendAsync(Batch("b"), default, default)).Code.ShouldBe(LogErrorCode.Fenced);
        stream.Status.Fenced.ShouldBeFalse();
        _node.Wal.Flush();
        before.Result.End.ShouldBe(1);
        fence.Result.Tail.ShouldBe(1);
    }

    [Fact]
    public void A_token_is_replaced_only_where_the_expected_one_is_set()
    {
        var stream = _node.Open();
        Refusal(stream.FenceAsync("a", "x", default)).Code.ShouldBe(LogErrorCode.Fenced);
        _node.Settle(stream.FenceAsync("a", "", default));
        Refusal(stream.FenceAsync("b", "", default)).Code.ShouldBe(LogErrorCode.Fenced);
        _node.Settle(stream.FenceAsync("b", "a", default));
        Refusal(stream.FenceAsync(new string('t', 65), null, default)).Code.ShouldBe(LogErrorCode.TooLarge);
        Refusal(stream.FenceAsync("\ud800", null, default)).Code.ShouldBe(LogErrorCode.BadRequest);
    }

    [Fact]
    public void A_fence_sent_again_writes_nothing_and_is_answered_once_the_first_is_durable()
    {
        var stream = _node.Open();
        _node.Append(stream, "a");
        var first = stream.FenceAsync("t", "", default).AsTask();
        var again = stream.FenceAsync("t", "", default).AsTask();
        again.IsCompleted.ShouldBeFalse("What it repeats may yet be lost.");
        _node.Wal.Flush();
        again.Result.ShouldBe(first.Result);
        _node.Wal.Appends = _node.Wal.Controls = WalAdmission.Full;
        stream.FenceAsync("t", "", default).Result.Tail.ShouldBe(1, "There is nothing to write.");
        _node.Wal.Entries().Count(e => e.Entry.Type == WalEntryType.Fence).ShouldBe(1);

        _node.Wal.Appends = _node.Wal.Controls = WalAdmission.Admitted;
        var after = _node.Open(_node.Recover());
        after.FenceAsync("t", "", default).Result.Tail.ShouldBe(1);
        Refusal(after.FenceAsync("u", "", default)).Code.ShouldBe(LogErrorCode.Fenced);
    }

    [Fact]
    public void A_sealed_stream_takes_no_append_and_keeps_what_was_before_the_seal()
    {
        var stream = _node.Open();
        var before = stream.AppendAsync(Batch("a"), default, default).AsTask();
        var seal = stream.SealAsync(default).AsTask();
        var again = stream.SealAsync(default).AsTask();
        Refusal(stream.AppendAsync(Batch("b"), default, default)).Code.ShouldBe(LogErrorCode.StreamSealed);
        seal.IsCompleted.ShouldBeFalse();
        again.IsCompleted.ShouldBeFalse("Nor is the second answered before the first is durable.");
        stream.Status.Sealed.ShouldBeFalse();
        _node.Wal.Flush();
        before.Result.End.ShouldBe(1);
        seal.Result.ShouldBe(again.Result);
        (seal.Result.Tail, seal.Result.Sealed).ShouldBe((1, true));
        stream.SealAsync(default).Result.Tail.ShouldBe(1);
        _node.Wal.Entries().Count(e => e.Entry.Type == WalEntryType.Seal).ShouldBe(1);
    }

    [Fact]
    public async Task Appends_that_race_with_a_seal_are_either_below_its_tail_or_refused()
    {
        for (var round = 0; round < 50; round++)
        {
            var node = new StreamHarness();
            var stream = node.Open();
            using var start = new Barrier(5);
            var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                start.SignalAndWait();
                return Enumerable.Range(0, 20).Select(_ => stream.AppendAsync(Batch("x"), default, default).AsTask()).ToArray();
            })).ToArray();
            var sealing = Task.Run(() =>
            {
                start.SignalAndWait();
                return stream.SealAsync(default).AsTask();
            });
            var appends = (await Task.WhenAll(writers)).SelectMany(a => a).ToArray();
            for (var done = false; !done; done = sealing.IsCompleted)
                node.Wal.Flush();

            node.Wal.Flush();
            var position = await sealing;
            var taken = 0;
            foreach (var append in appends)
            {
                try
                {
                    (await append).End.ShouldBeLessThanOrEqualTo(position.Tail);
                    taken++;
                }
                catch (LogException refusal)
                {
                    refusal.Code.ShouldBe(LogErrorCode.StreamSealed);
                }
            }

            taken.ShouldBe((int)position.Tail);
        }
    }

    [Fact]
    public void What_was_trimmed_is_gone_and_stays_gone()
    {
        var stream = _node.Open();
        _node.Append(stream, Batch("a", "b", "c", "d"));
        _node.Settle(stream.TrimAsync(2, default)).Head.ShouldBe(2);
        Refused(stream);
        All(stream).ShouldBe(["c", "d"]);
        _node.Settle(stream.TrimAsync(1, default)).Head.ShouldBe(2, "A head never goes back.");
        _node.Wal.Entries().Count(e => e.Entry.Type == WalEntryType.Trim).ShouldBe(1);

        var after = _node.Open(_node.Recover());
        Refused(after);
        All(after).ShouldBe(["c", "d"]);

        static void Refused(Engine.Pipeline.StreamPipeline stream)
        {
            var refusal = Refusal(stream.ReadAsync(ReadRequest.FromLsn(1), default));
            refusal.Code.ShouldBe(LogErrorCode.Trimmed);
            refusal.Facts.Head.ShouldBe(2);
        }
    }

    [Fact]
    public void A_stream_may_be_trimmed_to_its_tail_but_not_beyond_and_its_positions_are_never_used_again()
    {
        var stream = _node.Open();
        _node.Append(stream, Batch("a", "b"));
        var refusal = Refusal(stream.TrimAsync(3, default));
        refusal.Code.ShouldBe(LogErrorCode.Unwritten);
        refusal.Facts.Tail.ShouldBe(2);
        Refusal(stream.TrimAsync(-1, default)).Code.ShouldBe(LogErrorCode.BadRequest);
        _node.Settle(stream.TrimAsync(2, default)).ShouldBe(stream.Status.Position);
        stream.Capture().OldestLive.ShouldBeNull();

        foreach (var now in new[] { stream, _node.Open(_node.Recover()) })
        {
            (now.Status.Head, now.Status.Tail).ShouldBe((2, 2));
            Read(now, ReadRequest.FromLsn(2)).Records.IsEmpty.ShouldBeTrue("Empty, which is not the same as trimmed.");
        }

        var after = _node.Open(_node.Recover());
        _node.Append(after, "c").Start.ShouldBe(2);
        All(after).ShouldBe(["c"]);
    }

    [Fact]
    public void A_trim_shows_once_it_is_durable_and_only_of_what_is_committed()
    {
        var stream = _node.Open();
        _node.Append(stream, Batch("a", "b"));
        _ = stream.AppendAsync(Batch("c"), default, default).AsTask();
        Refusal(stream.TrimAsync(3, default)).Code.ShouldBe(LogErrorCode.Unwritten, "The third record may yet be lost.");
        var trim = stream.TrimAsync(1, default).AsTask();
        var again = stream.TrimAsync(1, default).AsTask();
        stream.Status.Head.ShouldBe(0);
        Texts(Read(stream, ReadRequest.FromLsn(0))).ShouldBe(["a", "b"]);
        again.IsCompleted.ShouldBeFalse();
        _node.Wal.Flush();
        trim.Result.Head.ShouldBe(1);
        again.Result.Head.ShouldBe(1);
        All(stream).ShouldBe(["b", "c"]);
    }

    [Fact]
    public void A_sealed_stream_can_be_trimmed()
    {
        var stream = _node.Open();
        _node.Append(stream, "a");
        _node.Settle(stream.SealAsync(default));
        _node.Settle(stream.TrimAsync(1, default)).Head.ShouldBe(1);
    }

    [Fact]
    public void A_full_disk_takes_control_entries_from_its_reserve_and_says_when_that_is_used_up()
    {
        var stream = _node.Open();
        _node.Append(stream, "a");
        _node.Wal.Appends = WalAdmission.Full;
        _node.Settle(stream.TrimAsync(1, default)).Head.ShouldBe(1);
        _node.Wal.Controls = WalAdmission.Full;
        Refusal(stream.SealAsync(default)).Code.ShouldBe(LogErrorCode.ReadOnlyDiskFull);
    }
}
