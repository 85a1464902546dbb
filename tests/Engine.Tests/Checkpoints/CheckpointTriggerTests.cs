using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Tests.Node;

namespace Orleans.Log.Engine.Tests.Checkpoints;

public sealed class CheckpointTriggerTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new();
    private readonly TaskCompletionSource _swept = new();
    private int _begun;

    public CheckpointTriggerTests() => _bench.Probe = stage =>
    {
        _begun += stage == CheckpointStage.Write ? 1 : 0;
        if (stage == CheckpointStage.Sweep)
            _swept.TrySetResult();
    };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_trim_that_frees_files_is_followed_by_a_checkpoint()
    {
        await _bench.StartAsync();
        var stream = await FilledAsync(records: 30);

        await stream.TrimAsync(30, CancellationToken.None);

        await Swept();
        _bench.Node.Wal.Head.File.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_deletion_that_frees_files_is_followed_by_a_checkpoint()
    {
        await _bench.StartAsync();
        await FilledAsync(records: 30);

        await _bench.Node.DeleteAsync(StreamName.Parse("a"), CancellationToken.None);

        await Swept();
        _bench.Node.Wal.Head.File.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Many_new_files_are_followed_by_a_checkpoint_though_none_can_go()
    {
        await _bench.StartAsync();

        await FilledAsync(records: 120);

        await Swept();
        _bench.Node.Wal.Head.File.ShouldBe(1);
    }

    [Fact]
    public async Task A_trim_that_frees_nothing_is_followed_by_none()
    {
        await _bench.StartAsync();
        var stream = await FilledAsync(records: 30);
        await (await _bench.CreateAsync("b")).Append("x");

        await stream.TrimAsync(2, CancellationToken.None);

        // The stop waits for work under way, so what is counted here is all there was but its own.
        await _bench.Node.DisposeAsync();
        _begun.ShouldBe(1);
    }

    [Fact]
    public async Task One_that_failed_is_made_again_without_another_reason()
    {
        _bench.Options.CheckpointRetry = TimeSpan.FromMilliseconds(1);
        await _bench.StartAsync();
        var stream = await FilledAsync(records: 30);
        _bench.Disk.Faults.Plan(DiskCall.Write, 1, DiskFault.Error, "checkpoint/");

        await stream.TrimAsync(30, CancellationToken.None);

        await Swept();
        _begun.ShouldBe(2);
    }

    private async Task<ILogStream> FilledAsync(int records)
    {
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < records; i++)
            await stream.AppendUntilTaken(new byte[100_000]);

        return stream;
    }

    private Task Swept() => _swept.Task.WaitAsync(TimeSpan.FromSeconds(60));
}
