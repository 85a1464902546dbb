using Orleans.Log.Engine.Pipeline;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Pipeline;

/// <summary>How an append's outcome reaches its caller: who only asks for it, who awaits it, and who never comes for it.</summary>
public class AppendOutcomeTests
{
    private readonly StreamHarness _node = new();

    [Fact]
    public void Who_only_asks_sees_the_outcome_as_soon_as_the_entry_is_committed_and_not_before()
    {
        var stream = _node.Open();
        var appends = Enumerable.Range(0, 100).Select(i => stream.AppendAsync(Batch($"{i}"), default, default)).ToArray();
        _node.Wal.Flush(60);
        appends.Select(a => a.IsCompletedSuccessfully).ShouldBe(Enumerable.Range(0, 100).Select(i => i < 60));
        Should.Throw<InvalidOperationException>(() => appends[60].Result);

        _node.Wal.Flush();
        for (var i = 0; i < appends.Length; i++)
            appends[i].Result.ShouldBe(new AppendResult(i, i + 1, 100, Duplicate: false));
    }

    [Fact]
    public async Task An_append_is_awaited_before_or_after_it_was_committed_alike()
    {
        var stream = _node.Open();
        var (early, late) = (stream.AppendAsync(Batch("a"), default, default), stream.AppendAsync(Batch("b"), default, default));
        var waiting = early.AsTask();
        _node.Wal.Flush();
        (await waiting).End.ShouldBe(1);
        var awaiter = late.GetAwaiter();
        var told = new TaskCompletionSource();
        awaiter.OnCompleted(told.SetResult);
        await told.Task;
        awaiter.GetResult().End.ShouldBe(2);
    }

    [Fact]
    public void A_failure_is_seen_by_who_only_asks_and_what_was_committed_before_stays_so()
    {
        var stream = _node.Open();
        var appends = Enumerable.Range(0, 3).Select(i => stream.AppendAsync(Batch($"{i}"), default, default)).ToArray();
        _node.Wal.Flush(1);
        _node.Wal.Fail();
        appends.Select(a => (a.IsCompletedSuccessfully, a.IsFaulted)).ShouldBe([(true, false), (false, true), (false, true)]);
        appends[0].Result.End.ShouldBe(1);
        foreach (var lost in appends.Skip(1))
            Should.Throw<LogException>(() => lost.GetAwaiter().GetResult()).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
    }

    [Fact]
    public void What_was_pending_when_the_stream_was_deleted_stays_failed_although_the_disk_takes_it_later()
    {
        var stream = _node.Open();
        var append = stream.AppendAsync(Batch("a"), default, default);
        stream.Delete();
        _node.Wal.Flush();
        append.IsFaulted.ShouldBeTrue();
        Should.Throw<LogException>(() => append.GetAwaiter().GetResult()).Code.ShouldBe(LogErrorCode.StreamNotFound);
    }

    [Fact]
    public async Task An_append_that_nobody_comes_for_is_counted_out_all_the_same()
    {
        var stream = _node.Open();
        Forget(stream.AppendAsync(Batch("a"), default, default));
        var drained = _node.Node.DrainAsync();
        drained.IsCompleted.ShouldBeFalse();
        _node.Wal.Flush();
        await drained;
        stream.Status.Tail.ShouldBe(1);

        static void Forget(ValueTask<AppendResult> append) => append.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void A_repeated_batch_and_a_repeated_seal_are_answered_behind_the_calls_before_them()
    {
        var stream = _node.Open();
        var stamp = new AppendConditions(Producer: new ProducerStamp("p", 0, 0));
        var original = stream.AppendAsync(Batch("a"), stamp, default);
        var between = stream.AppendAsync(Batch("b"), default, default);
        var repeated = stream.AppendAsync(Batch("a"), stamp, default);
        var seal = stream.SealAsync(default).AsTask();
        var again = stream.SealAsync(default).AsTask();

        _node.Wal.Flush(1);
        (original.IsCompleted, between.IsCompleted, repeated.IsCompleted).ShouldBe((true, false, false));
        _node.Wal.Flush(1);
        (between.IsCompleted, repeated.IsCompleted, seal.IsCompleted, again.IsCompleted).ShouldBe((true, true, false, false));
        _node.Wal.Flush();
        repeated.Result.ShouldBe(new AppendResult(0, 1, 2, Duplicate: true));
        (seal.Result.Sealed, again.Result.Sealed).ShouldBe((true, true));
    }

    [Fact]
    public async Task A_new_leaders_term_among_appends_in_flight_belongs_to_no_call()
    {
        var stream = _node.Open();
        var before = stream.AppendAsync(Batch("a"), default, default);
        var lead = stream.LeadAsync();
        _node.Wal.Flush();
        await lead;
        var after = Enumerable.Range(0, 40).Select(i => stream.AppendAsync(Batch($"{i}"), default, default)).ToArray();
        var second = stream.LeadAsync();
        _node.Wal.Flush();
        await second;
        before.Result.End.ShouldBe(1);
        after.Select(a => a.Result.End).ShouldBe(Enumerable.Range(2, 40).Select(end => (long)end));
    }

    [Fact]
    public async Task Appends_from_many_threads_that_await_late_early_or_never_get_their_own_outcomes()
    {
        const int Threads = 4, Each = 2_000;
        var stream = _node.Open();
        using var flushing = new CancellationTokenSource();
        var flusher = Task.Run(() =>
        {
            while (!flushing.IsCancellationRequested)
                _node.Wal.Flush(17);
        });
        var ends = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() => AppendAllAsync(thread))));
        await flushing.CancelAsync();
        await flusher;
        ends.SelectMany(e => e).Order().ShouldBe(Enumerable.Range(1, Threads * Each).Select(end => (long)end));

        async Task<List<long>> AppendAllAsync(int thread)
        {
            var taken = new List<long>();
            var window = new Queue<ValueTask<AppendResult>>();
            for (var i = 0; i < Each; i++)
            {
                window.Enqueue(stream.AppendAsync(Batch("x"), default, default));
                while (window.Count > 8 + thread * 8 || (i % 5 == thread && window.Count > 0))
                    taken.Add((await window.Dequeue()).End);
            }

            while (window.TryDequeue(out var append))
                taken.Add((await append).End);

            return taken;
        }
    }
}
