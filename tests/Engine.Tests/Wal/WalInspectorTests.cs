using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

public sealed class WalInspectorTests
{
    private readonly SimulatedDisk _disk = new();

    [Fact]
    public void A_healthy_directory_is_counted_and_not_changed()
    {
        Fill(files: 3, entries: 40);
        var replay = new Recorded();
        var inspection = WalInspector.Inspect(_disk, replay);

        inspection.IsHealthy.ShouldBeTrue();
        (inspection.Entries, inspection.Blocks, replay.Entries.Count).ShouldBe((40, 40, 40));
        inspection.Files.Sum(file => file.Blocks).ShouldBe(40);
        inspection.Slots.ShouldAllBe(slot => slot.State == WalSlotState.Present);
        inspection.Slots.MaxBy(slot => slot.Sequence)!.Clean.ShouldBeTrue();
        Changes().ShouldBe(0);
    }

    [Fact]
    public void Damage_and_what_a_start_would_cut_are_told_apart()
    {
        Fill(files: 1, entries: 5);
        _disk.FlipBit("wal/0000000000000001.wal", 4096 + 500, 1);
        var inspection = WalInspector.Inspect(_disk);
        (inspection.IsHealthy, inspection.DamagedEntries, inspection.DamagedBlocks, inspection.UncertainBlocks).ShouldBe((false, 1, 1, 0));
        inspection.Refusal.ShouldBeNull();
    }

    [Fact]
    public void A_directory_that_a_node_refuses_is_read_all_the_same()
    {
        Fill(files: 4, entries: 60);
        _disk.FlipBit("control.a", 100, 1);
        _disk.FlipBit("control.b", 100, 1);
        _disk.Delete("wal/0000000000000002.wal");
        var replay = new Recorded();
        var inspection = WalInspector.Inspect(_disk, replay);
        inspection.Refusal!.Problem.ShouldBe(DataDirectoryProblem.UnreadableControlSlot);
        inspection.Slots.ShouldAllBe(slot => slot.State == WalSlotState.Unreadable);
        replay.Entries.Select(record => record.Position.File).Distinct().ShouldBe([1L, 3L, 4L], ignoreOrder: true);
        inspection.Entries.ShouldBeInRange(40, 50);
    }

    [Fact]
    public void An_empty_directory_is_none_of_ours()
    {
        var inspection = WalInspector.Inspect(_disk);
        inspection.Refusal!.Problem.ShouldBe(DataDirectoryProblem.NotOurs);
        inspection.Files.ShouldBeEmpty();
    }

    private void Fill(int files, int entries)
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        for (var entry = 1; entry <= entries; entry++)
        {
            wal.PrepareStep();
            wal.Add(1, entry, WalFixture.Body(1, entry, 60_000));
            wal.Pump();
        }

        wal.End.File.ShouldBe(files);
    }

    private int Changes()
    {
        var changes = 0;
        _disk.Observer = _ => changes++;
        WalInspector.Inspect(_disk);
        _disk.Observer = null;
        return changes;
    }
}
