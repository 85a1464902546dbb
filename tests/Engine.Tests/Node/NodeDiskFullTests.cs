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
    private static async Task AppendWhenThereIsRoomAsync(ILogStream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await stream.Append("again");
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
