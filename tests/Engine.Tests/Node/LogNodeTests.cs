namespace Orleans.Log.Engine.Tests.Node;

public sealed class LogNodeTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_is_appended_is_read()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("orders");

        (await stream.Append("a")).ShouldBe(new AppendResult(0, 1, 1, Duplicate: false));
        (await stream.Append("b")).Start.ShouldBe(1);

        (await stream.Texts()).ShouldBe(["a", "b"]);
        (await stream.CheckTailAsync(CancellationToken.None)).Tail.ShouldBe(2);
    }

    [Fact]
    public async Task A_restart_gives_everything_back()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("orders");
        await stream.Append("a");
        await stream.Append("b");
        var before = await stream.DescribeAsync(CancellationToken.None);

        await _bench.RestartAsync();

        stream = await _bench.OpenAsync("orders");
        (await stream.Texts()).ShouldBe(["a", "b"]);
        (await stream.DescribeAsync(CancellationToken.None)).ShouldBe(before with { Term = 2 });
        _bench.Node.Recovery.CheckpointSequence.ShouldBe(1);
        _bench.Node.Recovery.Wal.Clean.ShouldBeTrue();
        (await stream.Append("c")).Start.ShouldBe(2);
    }

    [Fact]
    public async Task A_killed_process_gives_everything_back_without_a_checkpoint()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("orders");
        await stream.Append("a");
        await stream.Append("b");

        await _bench.CrashAsync();

        (await (await _bench.OpenAsync("orders")).Texts()).ShouldBe(["a", "b"]);
        _bench.Node.Recovery.CheckpointSequence.ShouldBe(0);
    }
}
