using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Tests.Pipeline;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Reading;

public class FollowTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    private readonly StreamHarness _node = new();

    [Fact]
    public async Task A_read_at_the_tail_waits_for_what_is_committed_not_for_what_is_ordered()
    {
        var stream = _node.Open();
        var read = Follow(stream, 0);
        _ = stream.AppendAsync(Batch("a"), default, default).AsTask();
        read.IsCompleted.ShouldBeFalse();
        _node.Wal.Flush();
        using var page = await read;
        Texts(page).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_read_beyond_the_tail_waits_for_its_own_position()
    {
        var stream = _node.Open();
        var read = Follow(stream, 2);
        _node.Append(stream, Batch("a", "b"));
        read.IsCompleted.ShouldBeFalse();
        _node.Append(stream, "c");
        Texts(await read).ShouldBe(["c"]);
    }

    [Fact]
    public async Task When_the_time_is_over_the_page_is_empty()
    {
        var stream = _node.Open();
        var read = Follow(stream, 5);
        _node.Clock.Advance(Wait - TimeSpan.FromMilliseconds(1));
        read.IsCompleted.ShouldBeFalse();
        _node.Clock.Advance(TimeSpan.FromMilliseconds(1));
        using var page = await read;
        (page.Records.Length, page.Next, page.Tail).ShouldBe((0, 5, 0));
    }

    [Fact]
    public async Task A_wait_is_measured_from_its_beginning_however_often_it_wakes()
    {
        var stream = _node.Open();
        var read = stream.ReadAsync(ReadRequest.Since(long.MaxValue / 2048) with { Wait = Wait }, default).AsTask();
        for (var i = 0; i < 4; i++)
        {
            _node.Clock.Advance(Wait / 5);
            _node.Append(stream, "too early");
            await _node.Clock.TimerArmedAsync(Wait - (i + 1) * (Wait / 5));
        }

        _node.Clock.Advance(Wait / 5);
        (await read).Next.ShouldBe(4);
    }

    [Fact]
    public async Task A_wait_that_follows_one_that_was_woken_ends_in_its_own_time()
    {
        var stream = _node.Open();
        foreach (var (before, after) in new[] { (20, 2), (2, 20) })
        {
            var tail = stream.Status.Tail;
            var woken = stream.ReadAsync(ReadRequest.FromLsn(tail) with { Wait = TimeSpan.FromSeconds(before) }, default).AsTask();
            _node.Append(stream, "x");
            Texts(await woken).ShouldBe(["x"]);

            // Whether it uses the timer of the one before, which may run still, or another one.
            var read = stream.ReadAsync(ReadRequest.FromLsn(tail + 1) with { Wait = TimeSpan.FromSeconds(after) }, default).AsTask();
            _node.Clock.Advance(TimeSpan.FromSeconds(after) - TimeSpan.FromMilliseconds(1));
            read.IsCompleted.ShouldBeFalse();
            _node.Clock.Advance(TimeSpan.FromMilliseconds(1));
            (await read.WaitAsync(TimeSpan.FromSeconds(60))).Records.IsEmpty.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_reader_that_keeps_its_thread_holds_up_none_that_is_woken_with_it()
    {
        var streams = new[] { _node.Open(1), _node.Open(2), _node.Open(3) };
        using var all = new CountdownEvent(streams.Length);
        var readers = streams.Select(async stream =>
        {
            using var page = await stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = Wait }, default);
            all.Signal();
            all.Wait();
        }).ToArray();

        foreach (var stream in streams)
            _ = stream.AppendAsync(Batch("x"), default, default).AsTask();

        _node.Wal.Flush();
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void A_late_timer_of_an_earlier_wait_ends_no_later_one()
    {
        ITailWaiterOwner here = _node.Open(1), elsewhere = _node.Open(2);
        _ = Follow((StreamPipeline)here, 0);
        var list = new TailWaiterList();
        var waiter = _node.Node.Waiters.Rent();
        waiter.Begin(elsewhere, above: 0, deadline: long.MaxValue);
        list.Add(waiter);
        here.TryUnlink(waiter, ifDue: false).ShouldBeFalse("It waits at another stream now.");
        waiter.WaitsAt(elsewhere).ShouldBeTrue();
        elsewhere.TryUnlink(waiter, ifDue: true).ShouldBeFalse("Its time is not over.");
        waiter.IsLinked.ShouldBeTrue();
    }

    [Fact]
    public async Task Cancellation_ends_a_wait()
    {
        var stream = _node.Open();
        using var cancellation = new CancellationTokenSource();
        var read = stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = Wait }, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        (await Should.ThrowAsync<OperationCanceledException>(read)).CancellationToken.ShouldBe(cancellation.Token);
        _node.Append(stream, "a");
        Texts(await Follow(stream, 0)).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_seal_wakes_those_who_wait_and_lets_none_wait_any_longer()
    {
        var stream = _node.Open();
        var (atTail, beyond) = (Follow(stream, 0), Follow(stream, 3));
        _node.Settle(stream.SealAsync(default));
        using var page = await atTail;
        (page.Records.Length, page.Sealed, page.Next).ShouldBe((0, true, 0));
        Failure(beyond).Code.ShouldBe(LogErrorCode.Unwritten);
        Read(stream, ReadRequest.FromLsn(0) with { Wait = Wait }).Sealed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_wait_below_a_head_that_moves_on_is_told_so()
    {
        var stream = _node.Open();
        var read = Follow(stream, 1);
        _ = stream.AppendAsync(Batch("a", "b", "c"), default, default).AsTask();
        _node.Wal.Flush();
        _node.Settle(stream.TrimAsync(3, default));
        try
        {
            Texts(await read).ShouldBe(["b", "c"]);
        }
        catch (LogException refusal)
        {
            refusal.Code.ShouldBe(LogErrorCode.Trimmed);
        }
    }

    [Fact]
    public async Task Stopping_the_node_ends_every_wait_with_an_empty_page_and_refuses_the_next()
    {
        var stream = _node.Open();
        var read = Follow(stream, 0);
        stream.InterruptReaders();
        (await read).Records.IsEmpty.ShouldBeTrue();
        Refusal(stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = Wait }, default)).Code.ShouldBe(LogErrorCode.Draining);
        Read(stream, ReadRequest.FromLsn(0)).Records.IsEmpty.ShouldBeTrue("What needs no wait is still answered.");
    }

    [Fact]
    public async Task Waiting_reads_are_bounded_and_leave_no_trace()
    {
        var node = new StreamHarness(new StreamBounds { WaitingReaders = 100 });
        var stream = node.Open();
        for (var round = 0; round < 3; round++)
        {
            var reads = Enumerable.Range(0, 100).Select(_ => Follow(stream, stream.Status.Tail)).ToArray();
            Refusal(stream.ReadAsync(ReadRequest.FromLsn(stream.Status.Tail) with { Wait = Wait }, default)).Code.ShouldBe(LogErrorCode.TooManyInFlight);
            node.Append(stream, "x");
            foreach (var page in await Task.WhenAll(reads))
                Texts(page).ShouldBe(["x"]);
        }

        node.Wal.OpenCursors.ShouldBe(0);
    }

    [Fact]
    public async Task Followers_see_every_record_once_and_in_order_whatever_they_do()
    {
        var stream = _node.Open();
        const int Records = 2_000;
        var followers = Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            long next = 0;
            while (next < Records)
            {
                using var cancellation = new CancellationTokenSource();
                if (random.Next(4) == 0)
                    cancellation.CancelAfter(TimeSpan.FromMilliseconds(random.Next(2)));

                try
                {
                    var request = ReadRequest.FromLsn(next) with { Wait = Wait, MaxRecords = random.Next(1, 30) };
                    using var page = await stream.ReadAsync(request, cancellation.Token);
                    foreach (var text in Texts(page))
                        text.ShouldBe($"{next++}");

                    page.Next.ShouldBe(next);
                }
                catch (OperationCanceledException)
                {
                    // Goes on from where it was.
                }
            }
        })).ToArray();

        for (var i = 0; i < Records; i++)
        {
            _ = stream.AppendAsync(Batch($"{i}"), default, default).AsTask();
            if (i % 3 == 0)
                _node.Wal.Flush();
        }

        _node.Wal.Flush();
        await Task.WhenAll(followers).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static Task<ReadPage> Follow(StreamPipeline stream, long from) =>
        stream.ReadAsync(ReadRequest.FromLsn(from) with { Wait = Wait }, default).AsTask();
}
