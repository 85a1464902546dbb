using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Wal;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Pipeline;

public class DamageTests
{
    private readonly StreamHarness _node = new();

    [Fact]
    public async Task A_hole_makes_its_range_faulty_and_the_rest_can_be_read()
    {
        Write();
        _node.Wal.Lose(e => e.Type == WalEntryType.Append && e.Lsn is 2 or 3);
        var stream = _node.Recover();
        stream.Capture().Faulty.ShouldBe([new LsnRange(2, 4)]);
        await ReadsAround(stream);
        var again = _node.Recover(checkpoint: stream.Capture());
        again.Capture().Faulty.ShouldBe([new LsnRange(2, 4)]);
        await ReadsAround(again);
    }

    [Fact]
    public async Task A_hole_below_a_checkpoint_is_found_too()
    {
        var checkpoint = Write().Capture();
        _node.Wal.Lose(e => e.Type == WalEntryType.Append && e.Lsn is 2 or 3);
        await ReadsAround(_node.Recover(checkpoint: checkpoint));
    }

    [Fact]
    public async Task An_append_without_its_body_is_a_hole()
    {
        Write();
        var stream = _node.Make();
        foreach (var (position, entry, body) in _node.Wal.Entries())
        {
            if (entry.Type == WalEntryType.Append && entry.Lsn is 2 or 3)
            {
                _node.Wal.Damaged.Add(position);
                stream.ReplayDamaged(position, entry);
            }
            else
            {
                stream.Replay(position, entry, body);
            }
        }

        stream.CompleteRecovery();
        await ReadsAround(stream);
    }

    [Fact]
    public void Missing_ends_are_faulty()
    {
        var checkpoint = Write().Capture();
        _node.Wal.Lose(e => e.Type == WalEntryType.Append && e.Lsn is 0 or 5);
        var stream = _node.Recover(checkpoint: checkpoint);
        stream.Capture().Faulty.ShouldBe([new LsnRange(0, 1), new LsnRange(5, 6)]);
        Texts(Read(stream, ReadRequest.FromLsn(1))).ShouldBe(["1", "2", "3", "4"]);
    }

    [Fact]
    public void A_lost_control_entry_leaves_the_stream_readable_and_refuses_appends()
    {
        var stream = _node.Open();
        _node.Append(stream, "a");
        _node.Settle(stream.SealAsync(default));
        _node.Settle(stream.TrimAsync(0, default));
        _node.Settle(stream.TrimAsync(1, default));
        _node.Wal.Lose(e => e.Type == WalEntryType.Seal);
        var after = _node.Recover();
        after.Status.Damaged.ShouldBeTrue();
        RefusesEntries(after);
    }

    [Fact]
    public void A_suspect_stream_reads_fine_and_takes_nothing_not_even_a_term()
    {
        Write();
        var stream = _node.Recover();
        stream.MarkSuspect();
        var end = _node.Wal.End;
        _node.Open(stream);
        _node.Wal.End.ShouldBe(end, "An entry behind the gap would hide it from the next recovery.");
        All(stream).ShouldBe(["0", "1", "2", "3", "4", "5"]);
        RefusesEntries(stream);
        _node.Recover(checkpoint: stream.Capture()).Status.Damaged.ShouldBeTrue();
    }

    [Fact]
    public void An_entry_that_runs_backwards_is_not_taken_for_a_new_one()
    {
        Write();
        var stream = _node.Recover();
        var (position, entry, body) = _node.Wal.Entries()[^1];
        Should.Throw<LogException>(() => stream.Replay(new WalPosition(position.Value + 8), entry, body)).Code.ShouldBe(LogErrorCode.Corrupt);
    }

    [Fact]
    public void A_record_that_rots_while_the_node_runs_is_refused_and_never_skipped()
    {
        var stream = Write();
        _node.Wal.Damaged.Add(_node.Wal.Entries().Single(e => e.Entry.Type == WalEntryType.Append && e.Entry.Lsn == 3).Position);
        using var page = Read(stream, ReadRequest.FromLsn(0));
        Texts(page).ShouldBe(["0", "1", "2"]);
        page.Next.ShouldBe(3);
        Refusal(stream.ReadAsync(ReadRequest.FromLsn(3), default)).Code.ShouldBe(LogErrorCode.Corrupt);
        Texts(Read(stream, ReadRequest.FromLsn(4))).ShouldBe(["4", "5"]);
        _node.Wal.OpenCursors.ShouldBe(0);
    }

    private StreamPipeline Write()
    {
        var stream = _node.Open();
        for (var i = 0; i < 6; i++)
        {
            _node.Append(stream, $"{i}");
            _node.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        return stream;
    }

    private async Task ReadsAround(StreamPipeline stream)
    {
        stream.Status.Damaged.ShouldBeTrue();
        using var below = Read(stream, ReadRequest.FromLsn(0));
        Texts(below).ShouldBe(["0", "1"]);
        below.Next.ShouldBe(2);
        foreach (var lsn in new[] { 2L, 3 })
            Refusal(stream.ReadAsync(ReadRequest.FromLsn(lsn), default)).Code.ShouldBe(LogErrorCode.Corrupt);

        Texts(Read(stream, ReadRequest.FromLsn(4))).ShouldBe(["4", "5"]);
        Texts(Read(stream, ReadRequest.LastRecords(1))).ShouldBe(["5"]);

        // By time: what lies behind the hole for certain is found, what may lie in it is not passed over.
        var first = below.Records.Span[0].Timestamp;
        Texts(Read(stream, ReadRequest.Since(first + 50))).ShouldBe(["5"]);
        Refusal(stream.ReadAsync(ReadRequest.Since(first + 30), default)).Code.ShouldBe(LogErrorCode.Corrupt);
        await stream.OpenAsync(default);
        RefusesEntries(stream);
    }

    private static void RefusesEntries(StreamPipeline stream)
    {
        Refusal(stream.AppendAsync(Batch("x"), default, default)).Code.ShouldBe(LogErrorCode.Corrupt);
        Refusal(stream.SealAsync(default)).Code.ShouldBe(LogErrorCode.Corrupt);
        Refusal(stream.TrimAsync(1, default)).Code.ShouldBe(LogErrorCode.Corrupt);
    }
}
