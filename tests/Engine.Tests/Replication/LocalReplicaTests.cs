using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Tests.Pipeline;
using Orleans.Log.Engine.Wal;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Replication;

public class LocalReplicaTests
{
    private readonly StreamHarness _node = new();

    [Fact]
    public void A_term_is_durable_before_it_is_answered()
    {
        var stream = _node.Make();
        var opening = stream.OpenAsync(default).AsTask();
        opening.IsCompleted.ShouldBeFalse();
        var (_, entry, _) = _node.Wal.Entries(all: true).Single();
        (entry.Type, entry.Term, entry.Entry, entry.Lsn).ShouldBe((WalEntryType.Term, 1, 1, 0));
        Refusal(stream.AppendAsync(Batch("a"), default, default)).Code.ShouldBe(LogErrorCode.Moving);
        _node.Wal.Flush();
        opening.Wait(TimeSpan.FromSeconds(10)).ShouldBeTrue();
        _node.Append(stream, "a").Start.ShouldBe(0);
    }

    [Fact]
    public async Task Those_who_open_at_the_same_time_share_one_term()
    {
        var stream = _node.Make();
        var openings = Enumerable.Range(0, 20).Select(_ => Task.Run(() => stream.OpenAsync(default).AsTask())).ToArray();
        while (_node.Wal.Entries(all: true).Count == 0)
            await Task.Yield();

        _node.Wal.Flush();
        await Task.WhenAll(openings);
        stream.Status.Term.ShouldBe(1);
        _node.Wal.Entries(all: true).Count.ShouldBe(1);
    }

    [Fact]
    public void An_opening_that_failed_is_tried_anew()
    {
        var stream = _node.Make();
        _node.Wal.Controls = WalAdmission.Full;
        Should.Throw<LogException>(() => stream.OpenAsync(default).AsTask().GetAwaiter().GetResult()).Code.ShouldBe(LogErrorCode.ReadOnlyDiskFull);
        _node.Wal.Controls = WalAdmission.Admitted;
        _node.Open(stream).Status.Term.ShouldBe(1);
    }

    [Fact]
    public void An_older_or_equal_term_is_refused()
    {
        var replica = _node.Open().Replica;
        Code(new Tenure(0, 1)).ShouldBe(LogErrorCode.Fenced);
        Code(new Tenure(0, 0)).ShouldBe(LogErrorCode.Fenced);
        var grant = replica.TakeTermAsync(new Tenure(1, 2));
        _node.Wal.Flush();
        grant.Result.Tenure.ShouldBe(new Tenure(1, 2));
        Code(new Tenure(0, 9)).ShouldBe(LogErrorCode.Fenced, "An older replica set cannot lead, whatever its term.");

        LogErrorCode Code(Tenure tenure) =>
            Should.Throw<LogException>(() => replica.TakeTermAsync(tenure).GetAwaiter().GetResult()).Code;
    }

    [Fact]
    public void A_leader_is_shut_out_by_the_next_ones_term_as_soon_as_that_is_accepted()
    {
        var stream = _node.Open();
        var before = stream.AppendAsync(Batch("a"), default, default).AsTask();
        var grant = stream.Replica.TakeTermAsync(new Tenure(0, 2));
        Refusal(stream.AppendAsync(Batch("b"), default, default)).Code.ShouldBe(LogErrorCode.Fenced);
        Refusal(stream.SealAsync(default)).Code.ShouldBe(LogErrorCode.Fenced);
        _node.Wal.Flush();
        before.Result.End.ShouldBe(1);
        (grant.Result.Tail, grant.Result.Entry).ShouldBe((1, 3));
        grant.Result.History.ShouldBe([new TermStart(1, 0, 0), new TermStart(2, 0, 1)]);
    }

    [Fact]
    public void Every_append_is_checked_for_its_tenure_and_its_number()
    {
        var stream = _node.Open();
        var replica = stream.Replica;
        var entry = new WalEntry(WalEntryType.Append, WalEntryFlags.None, stream.Id, 1, 0, 1, 0, 2, 0);
        Code(entry with { Term = 2 }).ShouldBe(LogErrorCode.Fenced, "Nobody was promised that term.");
        Code(entry with { Generation = 1 }).ShouldBe(LogErrorCode.Fenced);
        Code(entry with { Entry = 3 }).ShouldBe(LogErrorCode.Internal);
        replica.Append(entry, default(EmptyBody));
        (replica.AcceptedEntry, replica.DurableEntry).ShouldBe((2, 1));
        _node.Wal.Flush();
        replica.DurableEntry.ShouldBe(2);

        LogErrorCode Code(WalEntry wrong) => Should.Throw<LogException>(() => replica.Append(wrong, default(EmptyBody))).Code;
    }

    [Fact]
    public void A_term_that_the_disk_lost_is_not_answered()
    {
        var stream = _node.Make();
        var opening = stream.OpenAsync(default).AsTask();
        _node.Wal.Fail();
        Should.Throw<LogException>(() => opening.GetAwaiter().GetResult()).Code.ShouldBe(LogErrorCode.Draining);
    }

    [Theory]
    [InlineData(new long[] { 7 }, 7)]
    [InlineData(new long[] { 7, 3 }, 3)]
    [InlineData(new long[] { 9, 3, 7 }, 7)]
    [InlineData(new long[] { 1, 9, 9, 1 }, 1)]
    [InlineData(new long[] { 5, 4, 3, 2, 1 }, 3)]
    public void What_a_majority_holds_is_committed(long[] durable, long committed) => Quorum.Committed(durable).ShouldBe(committed);
}
