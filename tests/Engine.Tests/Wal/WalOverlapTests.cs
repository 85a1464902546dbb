using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>On a disk that takes its time, depth pays: what comes while blocks are being written does not wait for them.</summary>
public sealed class WalOverlapTests : IDisposable
{
    private const int Depth = 8;

    private readonly HeldWritesDisk _disk = new(new SimulatedDisk());
    private readonly Subscriber _subscriber = new();
    private readonly WriteAheadLog _wal;

    public WalOverlapTests()
    {
        var options = WalFixture.Options();
        options.IoDepth = Depth;
        _wal = WalFixture.Open(_disk, options);
    }

    public void Dispose()
    {
        _disk.Open();
        _wal.Dispose();
    }

    [Fact]
    public void An_append_is_written_at_once_while_seven_blocks_are_in_flight()
    {
        Fill();
        _subscriber.Told.ShouldBeEmpty();
    }

    [Fact]
    public void What_comes_while_eight_are_in_flight_goes_together_as_soon_as_the_oldest_is_durable()
    {
        Fill();
        _wal.Add(1, Depth + 1, [1], _subscriber);
        _wal.Add(1, Depth + 2, [1], _subscriber);
        _wal.Sequencer.TryTakeBlock(out _).ShouldBeFalse("eight are in flight");

        _disk.Release(0);
        _subscriber.WaitFor(1);
        _disk.WaitForWrites(Depth + 1);
        _disk.Release(Depth);
        for (var write = 1; write < Depth; write++)
            _disk.Release(write);

        _subscriber.WaitFor(Depth + 2);
        _subscriber.Told.ShouldNotContain(Depth + 1, "both were in the ninth block");
    }

    [Fact]
    public void Blocks_that_were_written_in_reverse_are_reported_in_order_when_the_oldest_is_there()
    {
        Fill();
        for (var write = Depth - 1; write > 0; write--)
            _disk.Release(write);

        _subscriber.Told.ShouldBeEmpty();
        _disk.Release(0);
        _subscriber.WaitFor(Depth);
        _subscriber.Told.ShouldBe(Enumerable.Range(1, Depth).Select(entry => (long)entry));
    }

    // Each is seen to be under way before the next is appended.
    private void Fill()
    {
        for (var entry = 1; entry <= Depth; entry++)
        {
            _wal.Add(1, entry, [1], _subscriber);
            _disk.WaitForWrites(entry);
        }
    }
}
