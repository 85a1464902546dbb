using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>The first failure ends it: in order, once, and nothing is acknowledged afterwards.</summary>
public sealed class WalFailureTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly List<Exception> _hostSaw = [];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failed_write_fails_everything_that_is_not_durable_and_then_tells_the_host(bool writeDurable)
    {
        var options = WalFixture.Options(threads: false);
        options.WriteDurable = writeDurable;
        var wal = WalFixture.Open(_disk, options, onFailure: _hostSaw.Add);
        var (early, late) = (new Subscriber(), new Subscriber());
        wal.Add(1, 1, [1], early);
        wal.Pump();
        wal.Add(1, 2, [2], early);
        wal.Add(2, 1, [3], late);
        var waiting = wal.WhenDurableAsync(wal.End);

        _disk.Faults.Plan(writeDurable ? DiskCall.Write : DiskCall.Flush, 1, DiskFault.Error, ".wal");
        wal.Pump();

        early.Told.ShouldBe([1L]);
        (early.Error, late.Error).ShouldBe((_hostSaw.Single(), _hostSaw.Single()));
        waiting.IsFaulted.ShouldBeTrue();
        wal.TryAdmit(1, WalClass.Control).ShouldBe(WalAdmission.Stopped);
        Should.Throw<LogException>(() => wal.Append(WalFixture.Entry(1, 3), new Bytes([4]), early)).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
    }

    [Fact]
    public void A_later_block_that_was_written_is_not_acknowledged_after_an_earlier_one_failed()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false), onFailure: _hostSaw.Add);
        var subscriber = new Subscriber();
        wal.Add(1, 1, [1], subscriber);
        wal.Sequencer.TryTakeBlock(out var first).ShouldBeTrue();
        wal.Add(1, 2, [2], subscriber);
        wal.Sequencer.TryTakeBlock(out var second).ShouldBeTrue();

        wal.WriteBlock(second!);
        wal.Sequencer.OnFailed(new DiskException(DiskFailure.Io, "broken"));
        wal.Sequencer.OnWritten(first!);

        subscriber.Told.ShouldBeEmpty();
        subscriber.Error.ShouldNotBeNull();
        _hostSaw.Count.ShouldBe(1);
    }

    [Fact]
    public void Blocks_that_finish_out_of_order_are_completed_in_order()
    {
        var options = WalFixture.Options(threads: false);
        options.IoDepth = 3;
        var wal = WalFixture.Open(_disk, options);
        var subscriber = new Subscriber();
        var taken = new List<WalBlock>();
        for (var entry = 1; entry <= 3; entry++)
        {
            wal.Add(1, entry, [1], subscriber);
            wal.Sequencer.TryTakeBlock(out var block).ShouldBeTrue();
            taken.Add(block!);
        }

        wal.Add(1, 4, [1], subscriber);
        wal.Sequencer.TryTakeBlock(out _).ShouldBeFalse("three are in flight");
        wal.WriteBlock(taken[2]);
        wal.WriteBlock(taken[1]);
        subscriber.Told.ShouldBeEmpty();
        wal.Sequencer.TryTakeBlock(out _).ShouldBeFalse("the window starts at the oldest block that is not durable");
        wal.WriteBlock(taken[0]);
        subscriber.Told.ShouldBe([1L, 2L, 3L]);
        wal.Sequencer.TryTakeBlock(out _).ShouldBeTrue();
    }

    [Fact]
    public void After_a_failure_a_restart_has_everything_that_was_acknowledged()
    {
        for (var k = 1; k <= 20; k++)
        {
            var disk = new SimulatedDisk { Random = new Random(k) };
            var subscriber = new Subscriber();
            var wal = WalFixture.Open(disk, WalFixture.Options(threads: false));
            disk.Faults.Plan(DiskCall.Write, k, DiskFault.Error, "wal/");
            for (var entry = 1; entry <= 30 && wal.Sequencer.Error is null; entry++)
            {
                wal.Add(1, entry, WalFixture.Body(1, entry, 20_000), subscriber);
                wal.Pump();
                wal.PrepareStep();
            }

            var acknowledged = subscriber.Told.LastOrDefault();
            var replay = new Recorded();
            using (WalFixture.Open(disk.Capture().Nothing(), WalFixture.Options(threads: false), replay))
                replay.Entries.Count.ShouldBeGreaterThanOrEqualTo((int)acknowledged, $"failure at write {k}");
        }
    }

    [Fact]
    public void Closing_writes_what_was_accepted_and_later_appends_are_refused()
    {
        var subscriber = new Subscriber();
        var wal = WalFixture.Open(_disk);
        for (var entry = 1; entry <= 50; entry++)
            wal.Add(1, entry, new byte[2000], subscriber);

        wal.Dispose();
        wal.Dispose();
        subscriber.Told.LastOrDefault().ShouldBe(50);
        wal.TryAdmit(1, WalClass.Append).ShouldBe(WalAdmission.Stopped);
        Should.Throw<LogException>(() => wal.Append(WalFixture.Entry(1, 51), new Bytes([4]), subscriber)).Code.ShouldBe(LogErrorCode.Draining);
    }

    [Fact]
    public void Waiting_for_a_position_ends_when_it_is_durable()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        wal.WhenDurableAsync(wal.End).IsCompleted.ShouldBeTrue();
        wal.Add(1, 1, [1]);
        var first = wal.WhenDurableAsync(wal.End);
        first.IsCompleted.ShouldBeFalse();
        wal.Pump();
        first.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void The_host_may_close_the_log_while_it_is_told_of_the_failure()
    {
        WriteAheadLog? wal = null;
        wal = WalFixture.Open(_disk, WalFixture.Options(threads: false), onFailure: _ => wal!.Dispose());
        wal.Add(1, 1, [1]);
        _disk.Faults.Plan(DiskCall.Write, 1, DiskFault.Error, ".wal");
        wal.Pump();
        WalFixture.Open(_disk).Dispose();
    }

    [Fact]
    public void A_body_over_the_limit_is_refused_before_anything_is_written()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        Should.Throw<ArgumentOutOfRangeException>(() => wal.TryAdmit(WalFixture.BodyLimit + 1, WalClass.Append));
        Should.Throw<ArgumentOutOfRangeException>(() => wal.Append(WalFixture.Entry(1, 1), new Bytes(new byte[WalFixture.BodyLimit + 1]), new Subscriber()));
        wal.End.ShouldBe(wal.DurableThrough);
    }
}
