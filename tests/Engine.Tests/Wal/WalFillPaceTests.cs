using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>How fast new files are filled with zeros beside appends.</summary>
public class WalFillPaceTests
{
    private const long FileSize = 64L * WalFormat.MiB;
    private const long Scarce = 8L * WalFormat.MiB;

    private readonly ManualTimeProvider _time = new();
    private long _room = 2 * FileSize;

    [Fact]
    public void A_file_is_ready_when_half_of_the_room_is_used_up_in_small_pieces()
    {
        var longest = 0;
        var atHalf = FillWhile(() => _room > FileSize, used: 1024 * 1024, piece => longest = Math.Max(longest, piece));

        longest.ShouldBe(WalFillPace.SmallPiece);
        atHalf.ShouldBeInRange(FileSize - 2 * WalFormat.MiB, FileSize);
    }

    [Fact]
    public void Nothing_is_filled_that_is_not_due()
    {
        var filled = FillWhile(() => _room > 2 * FileSize - FileSize / 4, used: 64 * 1024, _ => { });
        filled.ShouldBeLessThanOrEqualTo(FileSize / 4);
    }

    [Fact]
    public void Without_time_to_lose_pieces_are_large_and_there_is_no_pause()
    {
        var pace = Pace(() => throw new InvalidOperationException("It should not have paused."));
        _room = FileSize - 1;
        for (var filled = 0L; filled < FileSize; filled += WalFillPace.LargePiece)
            pace.WaitForPiece(filled).ShouldBe(WalFillPace.LargePiece);
    }

    [Fact]
    public void Where_one_large_batch_could_be_refused_for_want_of_room_a_file_is_filled_at_once_although_nothing_is_used_up()
    {
        _room = Scarce;
        var pace = Pace(() => throw new InvalidOperationException("It should not have paused."));
        for (var filled = 0L; filled < FileSize; filled += WalFillPace.LargePiece)
            pace.WaitForPiece(filled).ShouldBe(WalFillPace.LargePiece);
    }

    [Fact]
    public void Where_nothing_is_appended_the_file_gets_ready_all_the_same()
    {
        var begun = _time.GetTimestamp();
        var pace = Pace(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            return true;
        });
        for (var filled = 0L; filled < FileSize;)
            filled += pace.WaitForPiece(filled);

        _time.GetElapsedTime(begun).TotalSeconds.ShouldBe((double)FileSize / WalFillPace.LeastPerSecond, tolerance: 0.1);
    }

    [Fact]
    public void A_file_that_is_not_wanted_any_longer_is_left() => Pace(() => false).WaitForPiece(0).ShouldBe(0);

    [Fact]
    public void Closing_does_not_wait_for_a_file_that_is_being_filled()
    {
        var disk = new SimulatedDisk();
        using var wal = WalFixture.Open(disk, WalFixture.Options(threads: false));
        wal.PrepareStep().ShouldBeTrue();
        var pauses = 0;
        wal.PrepareStep(() => ++pauses < 3).ShouldBeFalse();

        pauses.ShouldBe(3);
        disk.Files().ShouldNotContain(file => file.Name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    // Fills while room is used up, and returns how far it came.
    private long FillWhile(Func<bool> goesOn, int used, Action<int> onPiece)
    {
        var filled = 0L;
        var pace = Pace(() =>
        {
            _room -= used;
            return true;
        });
        while (filled < FileSize && goesOn())
        {
            var piece = pace.WaitForPiece(filled);
            if (_room <= FileSize)
                break;

            onPiece(piece);
            filled += piece;
        }

        return filled;
    }

    private WalFillPace Pace(Func<bool> pause) => new(FileSize, () => _room, Scarce, _time, pause);
}
