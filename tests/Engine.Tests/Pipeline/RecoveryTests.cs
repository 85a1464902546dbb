using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Wal;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Pipeline;

public class RecoveryTests
{
    private readonly StreamHarness _node = new();

    private static AppendConditions By(long sequence, string? token = null) =>
        new(FencingToken: token, Producer: new ProducerStamp("p", 0, sequence));

    [Fact]
    public void Everything_that_was_decided_comes_back_from_the_log_alone()
    {
        var stream = Busy();
        var before = stream.Capture();
        var after = _node.Recover();
        Same(after.Capture(), before);
        after.Status.ShouldBe(stream.Status);
        All(after).ShouldBe(All(stream));
    }

    [Fact]
    public void A_checkpoint_taken_at_any_moment_and_the_rest_of_the_log_give_the_same_stream()
    {
        var captured = new List<StreamCheckpoint>();
        var stream = Busy(s => captured.Add(s.Capture()));
        var (before, records) = (stream.Capture(), All(stream));
        captured.Count.ShouldBeGreaterThan(10);
        foreach (var checkpoint in captured)
        {
            var after = _node.Recover(checkpoint: checkpoint);
            Same(after.Capture(), before);
            All(after).ShouldBe(records);
        }
    }

    [Fact]
    public void Entries_below_the_as_of_change_nothing()
    {
        var stream = _node.Open();
        _node.Append(stream, "a", By(0));
        _node.Settle(stream.FenceAsync("t", null, default));
        _node.Settle(stream.FenceAsync("", null, default));
        var checkpoint = stream.Capture();
        var after = _node.Recover(checkpoint: checkpoint);
        Same(after.Capture(), checkpoint);
        after.Status.Fenced.ShouldBeFalse();
        All(after).ShouldBe(["a"]);
    }

    [Fact]
    public void What_was_not_durable_is_gone_and_its_positions_are_given_anew()
    {
        var stream = _node.Open();
        _node.Append(stream, "a", By(0));
        _ = stream.AppendAsync(Batch("lost"), By(1), default).AsTask();
        var after = _node.Open(_node.Recover());
        after.Status.Tail.ShouldBe(1);
        _node.Append(after, "b", By(1)).ShouldBe(new AppendResult(1, 2, 2, Duplicate: false));
    }

    [Fact]
    public void A_retry_across_a_restart_gets_its_original_positions()
    {
        var stream = _node.Open();
        _node.Append(stream, Batch("a", "b"), By(0));
        _node.Append(stream, "c", By(1));
        foreach (var checkpoint in new[] { null, stream.Capture() })
        {
            var after = _node.Open(_node.Recover(checkpoint: checkpoint));
            after.AppendAsync(Batch("a", "b"), By(0), default).Result.ShouldBe(new AppendResult(0, 2, 3, Duplicate: true));
            after.AppendAsync(Batch("c"), By(1), default).Result.ShouldBe(new AppendResult(2, 3, 3, Duplicate: true));
        }
    }

    [Fact]
    public void Every_opening_takes_a_higher_term_and_terms_without_records_are_collapsed()
    {
        var stream = _node.Open();
        stream.Status.Term.ShouldBe(1);
        for (var term = 2; term <= 5; term++)
        {
            stream = _node.Open(_node.Recover());
            stream.Status.Term.ShouldBe(term);
        }

        stream.Capture().Terms.ShouldBe([new TermStart(5, 0, 0)]);
        _node.Append(stream, "a");
        stream = _node.Open(_node.Recover());
        stream.Capture().Terms.ShouldBe([new TermStart(5, 0, 0), new TermStart(6, 0, 1)]);
        _node.Settle(stream.TrimAsync(1, default));
        stream.Capture().Terms.ShouldBe([new TermStart(6, 0, 1)]);
    }

    [Fact]
    public void Time_does_not_run_backwards_across_a_restart()
    {
        var stream = _node.Open();
        var later = _node.Clock.GetUtcNow().ToUnixTimeMilliseconds() + 1_000_000;
        _node.Append(stream, Batch([new AppendRecord(default), new AppendRecord(default, Timestamp: later)]));
        var after = _node.Open(_node.Recover());
        _node.Append(after, "x");
        after.Status.LastTimestamp.ShouldBe(later);
    }

    [Fact]
    public void The_files_below_the_oldest_live_record_are_not_needed()
    {
        var stream = _node.Open();
        for (var i = 0; i < 200; i++)
            _node.Append(stream, new RecordBatch(new byte[20_000]));

        _node.Settle(stream.TrimAsync(150, default));
        var checkpoint = stream.Capture();
        checkpoint.OldestLive.ShouldBe(stream.OldestLive);
        checkpoint.OldestLive!.Value.File.ShouldBeGreaterThan(1);
        _node.Wal.Head = checkpoint.OldestLive.Value;
        var after = _node.Recover(checkpoint: checkpoint);
        after.Status.Damaged.ShouldBeFalse();
        All(after).Length.ShouldBe(50);
    }

    private StreamPipeline Busy(Action<StreamPipeline>? step = null)
    {
        var stream = _node.Open();
        for (var i = 0; i < 6; i++)
        {
            Step(() => _node.Append(stream, Batch($"{i}", $"{i}'"), By(i)));
            Step(() => _node.Append(stream, new RecordBatch(new AppendRecord(default, Timestamp: 1_795_000_000_000 + i))));
        }

        Step(() => _node.Settle(stream.FenceAsync("token", null, default)));
        Step(() => _node.Append(stream, "fenced", By(6, "token")));
        Step(() => _node.Settle(stream.TrimAsync(3, default)));
        Step(() => _node.Settle(stream.SealAsync(default)));
        Step(() => _node.Settle(stream.TrimAsync(5, default)));
        return stream;

        void Step(Action act)
        {
            act();
            step?.Invoke(stream);
        }
    }

    private static void Same(StreamCheckpoint actual, StreamCheckpoint expected)
    {
        (actual with { Terms = [], Producers = [], Faulty = [], Bytes = 0 }).ShouldBe(expected with { Terms = [], Producers = [], Faulty = [], Bytes = 0 });
        actual.Terms.ShouldBe(expected.Terms);
        actual.Faulty.ShouldBe(expected.Faulty);
        actual.Producers.Count.ShouldBe(expected.Producers.Count);
        foreach (var (a, b) in actual.Producers.Zip(expected.Producers))
        {
            (a with { Results = [] }).ShouldBe(b with { Results = [] });
            a.Results.ShouldBe(b.Results);
        }
    }
}
