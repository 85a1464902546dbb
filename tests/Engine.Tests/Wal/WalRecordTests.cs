using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>
/// How far the log is durable is recorded in the control slot while the log works, so that damage to its end is told from a torn write by something that
/// does not stand there (docs/FORMAT.md §9).
/// </summary>
public sealed class WalRecordTests
{
    private const string File = "wal/0000000000000001.wal";
    private readonly SimulatedDisk _disk = new();
    private readonly List<WalPosition> _records = [];

    [Fact]
    public void Window_of_silent_damage_is_what_became_durable_since_the_last_slot()
    {
        const int recorded = 5;
        const int all = 9;
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        for (var entry = 1; entry <= all; entry++)
        {
            Write(wal, entry);
            if (entry == recorded)
                wal.RecordStep();
        }

        var silent = Enumerable.Range(1, all).Where(IsSilentFrom).ToList();
        silent.ShouldBe(Enumerable.Range(recorded + 1, all - recorded));
    }

    [Fact]
    public void An_idle_log_has_no_window_although_its_mark_is_gone_too()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        for (var entry = 1; entry <= 4; entry++)
            Write(wal, entry);

        wal.Sequencer.TryTakeMark(out var mark).ShouldBeTrue();
        wal.WriteBlock(mark!);
        wal.RecordStep();
        Enumerable.Range(1, 4).ShouldAllBe(entry => !IsSilentFrom(entry));
    }

    [Fact]
    public void A_slot_is_written_only_if_records_became_durable_since_the_last_one()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        Write(wal, 1);
        Slots(wal.RecordStep).ShouldBe(1);
        Slots(wal.RecordStep).ShouldBe(0);
        wal.Sequencer.TryTakeMark(out var mark).ShouldBeTrue();
        wal.WriteBlock(mark!);
        Slots(wal.RecordStep).ShouldBe(0, "a mark alone is worth none");
        Write(wal, 2);
        wal.PrepareStep().ShouldBeTrue();
        Slots(wal.RecordStep).ShouldBe(0, "the slot that named the file said it");
    }

    [Fact]
    public void A_loaded_log_asks_for_one_slot_and_not_for_one_per_block()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        var asked = 0;
        wal.Sequencer.RecordWanted = () => asked++;
        for (var entry = 1; entry <= 20; entry++)
            Write(wal, entry);

        asked.ShouldBe(1);
        wal.RecordStep();
        Write(wal, 21);
        asked.ShouldBe(2);
    }

    [Fact]
    public async Task A_thread_of_the_log_writes_the_slot_by_itself()
    {
        var options = WalFixture.Options();
        options.RecordAfter = TimeSpan.FromMilliseconds(1);
        using var wal = WalFixture.Open(_disk, options);
        var recorded = new TaskCompletionSource();
        _disk.Observer = operation =>
        {
            if (operation is { Call: DiskCall.FlushDirectory, Name: "" } && Newest() is { DurableThrough: >= 1 })
                recorded.TrySetResult();
        };
        wal.Add(1, 1, [1]);
        await recorded.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_slot_that_cannot_be_written_is_said_once_and_tried_again()
    {
        var log = new NodeLog();
        var tries = 0;
        var recorded = new TaskCompletionSource();
        var thread = new WalRecorderThread(Record, TimeProvider.System, TimeSpan.FromMilliseconds(1), log);
        thread.Wake();
        await recorded.Task.WaitAsync(TimeSpan.FromSeconds(30));
        thread.Stop();
        log.Lines.ShouldHaveSingleItem().Text.ShouldContain("could not record");

        void Record()
        {
            if (++tries < 3)
                throw new DiskException(DiskFailure.Full, "No space.");

            recorded.TrySetResult();
        }
    }

    [Fact]
    public void After_a_clean_stop_a_damaged_mark_costs_nothing()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        Write(wal, 1);
        wal.Sequencer.TryTakeMark(out var mark).ShouldBeTrue();
        var at = mark!.Offset;
        wal.WriteBlock(mark);
        wal.Dispose();
        _disk.Overwrite(File, at, new byte[4096]);
        var replay = new Recorded();
        using var next = WalFixture.Open(_disk, WalFixture.Options(threads: false), replay);
        (replay.Numbers(1), replay.Damage.Count).ShouldBe(("1", 0));
    }

    [Fact]
    public void After_a_clean_stop_damage_is_reported_up_to_the_last_record()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        Write(wal, 1);
        Write(wal, 2);
        wal.Dispose();
        _disk.Overwrite(File, Start(2), new byte[8192]);
        var replay = new Recorded();
        using var next = WalFixture.Open(_disk, WalFixture.Options(threads: false), replay);
        replay.Damage.ShouldBe([new WalRange(new WalPosition(1, Start(2)), new WalPosition(1, Start(2) + 8192))]);
    }

    [Fact]
    public void Damage_over_a_change_of_file_is_reported_in_both_and_neither_is_written()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        var entry = 0;
        while (wal.End.File < 2 || _records[^1].File < 2)
        {
            wal.PrepareStep();
            _records.Add(wal.Add(1, ++entry, new byte[60_000]));
            wal.Pump();
        }

        wal.RecordStep();
        var disk = _disk.AfterProcessDeath();
        var last = _records[^2];
        disk.Overwrite(File, last.Offset - 96, new byte[65_536]);
        disk.Overwrite("wal/0000000000000002.wal", 4096, new byte[65_536]);
        var replay = new Recorded();
        using var next = WalFixture.Open(disk, WalFixture.Options(threads: false), replay);
        replay.Damage.Select(range => range.From.File).ShouldBe([1L, 2L]);
        next.Add(1, entry + 1, [1]).File.ShouldBe(3);
    }

    private void Write(WriteAheadLog wal, int entry)
    {
        _records.Add(wal.Add(1, entry, WalFixture.Body(1, entry, 5000)));
        wal.Pump();
    }

    private uint Start(int entry) => _records[entry - 1].Offset - WalFormat.BlockHeaderBytes;

    // Is a log that ends in zeros from this entry's block on opened as if nothing were missing?
    private bool IsSilentFrom(int entry)
    {
        var disk = _disk.AfterProcessDeath();
        disk.Overwrite(File, Start(entry), new byte[(1024 * 1024) - Start(entry)]);
        var replay = new Recorded();
        using var wal = WalFixture.Open(disk, WalFixture.Options(threads: false), replay);
        replay.Entries.Count.ShouldBe(entry - 1);
        return replay.Damage.Count == 0;
    }

    private int Slots(Action action)
    {
        var before = Newest()!.Sequence;
        action();
        return (int)(Newest()!.Sequence - before);
    }

    private ControlSlot? Newest() => ControlFile.SlotNames.Where(_disk.Exists)
        .Select(name => ControlSlot.TryRead(_disk.Content(name), out _)).OfType<ControlSlot>().MaxBy(slot => slot.Sequence);
}
