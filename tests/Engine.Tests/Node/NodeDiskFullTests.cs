using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Tests.Node;

public sealed class NodeDiskFullTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_full_budget_refuses_appends_retryably_until_a_trim_makes_room()
    {
        _bench.Options.Wal.DiskBudgetBytes = 5 << 20;
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");

        var (refusal, appended) = await FillAsync(stream);

        refusal.ShouldSatisfyAllConditions(
            error => error.Code.ShouldBe(LogErrorCode.ReadOnlyDiskFull),
            error => error.Retryable.ShouldBeTrue(),
            error => error.SideEffects.ShouldBe(SideEffects.None));
        appended.ShouldBeGreaterThan(20);
        _bench.Node.Health.Ready.ShouldBeFalse();
        (await stream.Texts(appended - 1)).Length.ShouldBe(1, "reads go on");

        await stream.TrimAsync(appended, CancellationToken.None);

        await AppendWhenThereIsRoomAsync(stream);
        await _bench.CrashAsync();
        (await (await _bench.OpenAsync("a")).CheckTailAsync(CancellationToken.None)).ShouldSatisfyAllConditions(
            position => position.Head.ShouldBe(appended),
            position => position.Tail.ShouldBe(appended + 1));
    }

    [Fact]
    public async Task A_full_disk_refuses_appends_until_there_is_space()
    {
        _bench.Disk.Capacity = 6 << 20;
        _bench.Options.Wal.StarvedRetry = TimeSpan.FromMilliseconds(20);
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");

        var (refusal, appended) = await FillAsync(stream);
        refusal.Code.ShouldBe(LogErrorCode.ReadOnlyDiskFull);
        _bench.Failed.Task.IsCompleted.ShouldBeFalse("a full disk is refused before a write can fail");
        _bench.Disk.Capacity = 100 << 20;

        await AppendWhenThereIsRoomAsync(stream);
        (await stream.Texts(appended)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_node_starts_and_reads_on_a_full_disk()
    {
        _bench.Disk.Capacity = 6 << 20;
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        var (_, appended) = await FillAsync(stream);

        await _bench.CrashAsync();

        stream = await _bench.OpenAsync("a");
        (await stream.Texts(appended - 1)).Length.ShouldBe(1);
        await stream.TrimAsync(appended, CancellationToken.None);
        await AppendWhenThereIsRoomAsync(stream);
    }

    [Fact]
    public async Task After_a_hundred_restarts_on_a_full_disk_a_trim_still_makes_room()
    {
        var stream = await FullAsync();
        for (var restart = 0; restart < 100; restart++)
        {
            await KillAndStartAsync();
            stream = await _bench.OpenAsync("a");
        }

        (await stream.Append("x").Refused()).ShouldBe(LogErrorCode.ReadOnlyDiskFull, "there is no room for a term any more");
        var tail = (await stream.CheckTailAsync(CancellationToken.None)).Tail;
        (await stream.Texts(tail - 1)).Length.ShouldBe(1, "reads go on");

        (await stream.TrimAsync(tail, CancellationToken.None)).Head.ShouldBe(tail);

        await AppendWhenThereIsRoomAsync(_bench, "a");
    }

    [Fact]
    public async Task After_a_hundred_restarts_on_a_full_disk_a_deletion_still_makes_room()
    {
        await FullAsync();
        await _bench.OpenAsync("b");
        for (var restart = 0; restart < 100; restart++)
        {
            await KillAndStartAsync();
            await _bench.OpenAsync("a");
            await _bench.OpenAsync("b");
        }

        (await _bench.Node.DeleteAsync(StreamName.Parse("a"), CancellationToken.None)).ShouldBeTrue();

        await AppendWhenThereIsRoomAsync(_bench, "b");
    }

    [Fact]
    public async Task Calls_that_make_no_room_leave_the_last_reserve_to_the_trim_that_does()
    {
        var stream = await FullAsync();
        var other = await _bench.OpenAsync("b");
        var (trims, fences) = (0, 0);
        while (await TakenAsync(other.TrimAsync(trims + 1, CancellationToken.None)))
            (++trims).ShouldBeLessThan(1_000);

        while (await TakenAsync(other.FenceAsync($"{fences}", null, CancellationToken.None)))
            (++fences).ShouldBeLessThan(1_000);

        await KillAndStartAsync();
        stream = await _bench.OpenAsync("a");
        var tail = (await stream.CheckTailAsync(CancellationToken.None)).Tail;
        (await stream.TrimAsync(1, CancellationToken.None).Refused()).ShouldBe(LogErrorCode.ReadOnlyDiskFull);
        (await stream.TrimAsync(tail, CancellationToken.None)).Head.ShouldBe(tail);
        await AppendWhenThereIsRoomAsync(_bench, "a");

        static async Task<bool> TakenAsync(ValueTask<StreamPosition> call)
        {
            try
            {
                await call;
                return true;
            }
            catch (LogException full) when (full.Code == LogErrorCode.ReadOnlyDiskFull)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task What_was_trimmed_before_a_crash_is_reclaimed_by_the_next_start_unasked()
    {
        var stream = await FullAsync();
        var tail = (await stream.CheckTailAsync(CancellationToken.None)).Tail;
        _bench.Probe = static _ => throw new InvalidOperationException("no checkpoint is made before the crash");
        await stream.TrimAsync(tail, CancellationToken.None);
        await _bench.KillAsync();
        var reclaimed = new TaskCompletionSource();
        _bench.Probe = stage => _ = stage == CheckpointStage.Sweep && reclaimed.TrySetResult();

        await _bench.StartAsync();

        await reclaimed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await AppendWhenThereIsRoomAsync(_bench, "a");
    }

    private async Task KillAndStartAsync()
    {
        await _bench.KillAsync();
        await _bench.StartAsync();
    }

    /// <summary>A full budget: stream a has everything but one batch of many small records, which is b's and does not stand in the oldest file.</summary>
    private async Task<ILogStream> FullAsync()
    {
        _bench.Options.Wal.DiskBudgetBytes = 5 << 20;
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 15; i++)
            await stream.AppendUntilTaken(new byte[100_000]);

        var other = await _bench.CreateAsync("b");
        await other.AppendAsync(new RecordBatch(Enumerable.Repeat(new AppendRecord(new byte[1]), 2_000).ToArray()), default, CancellationToken.None);
        await FillAsync(stream);
        return stream;
    }

    private static async Task<(LogException Refusal, int Appended)> FillAsync(ILogStream stream)
    {
        for (var appended = 0; ; appended++)
        {
            try
            {
                await stream.AppendUntilTaken(new byte[100_000]);
            }
            catch (LogException refusal)
            {
                return (refusal, appended);
            }
        }
    }

    // What a client does: it comes again until it is let in.
    private static async Task AppendWhenThereIsRoomAsync(NodeBench bench, string name) =>
        await AppendWhenThereIsRoomAsync(async () => await (await bench.OpenAsync(name)).Append("again"));

    private static Task AppendWhenThereIsRoomAsync(ILogStream stream) => AppendWhenThereIsRoomAsync(async () => await stream.Append("again"));

    private static async Task AppendWhenThereIsRoomAsync(Func<Task> append)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await append();
                return;
            }
            catch (LogException refusal) when (refusal.Retryable)
            {
                patience.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }
}
