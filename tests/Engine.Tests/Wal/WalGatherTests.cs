using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>Where many append, a writer lets them go first; the test is that writer, and appends when it gives way.</summary>
public sealed class WalGatherTests : IDisposable
{
    private const int Many = 4;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly ManualTimeProvider _time = new();
    private readonly WriteAheadLog _wal;
    private int _entries;
    private int _turns;

    public WalGatherTests()
    {
        var host = new WalHost(_time, WalFixture.Host().Logger, _ => { });
        _wal = WriteAheadLog.Open(new SimulatedDisk(), WalFixture.Options(threads: false), new Recorded(), host);
    }

    private WalSequencer Sequencer => _wal.Sequencer;

    // A test that failed has taken blocks that nobody is going to write; a log that has failed does not wait for them.
    public void Dispose()
    {
        Sequencer.OnFailed(new IOException("The test is over."));
        _wal.Dispose();
    }

    [Fact]
    public void What_others_append_while_the_writer_gives_way_goes_with_its_block()
    {
        GivenABlockOf(Many);
        WhenItGivesWay(turn =>
        {
            if (turn <= 5)
                Append();
        });

        Append();
        var block = Sequencer.WaitForBlock(Quiet)!;

        block.Count.ShouldBe(1 + 5);
        _turns.ShouldBe(5 + 3, "three times in a row brought nothing");
        _wal.WriteBlock(block);
    }

    [Fact]
    public void With_few_at_once_it_does_not_give_way_at_all()
    {
        GivenABlockOf(Many - 1);
        WhenItGivesWay(_ => Append());

        Append();
        var block = Sequencer.WaitForBlock(Quiet)!;

        block.Count.ShouldBe(1);
        _turns.ShouldBe(0);
        _wal.WriteBlock(block);
    }

    [Fact]
    public void Others_that_never_cease_keep_it_for_three_tenths_of_a_millisecond_and_no_longer()
    {
        GivenABlockOf(Many);
        WhenItGivesWay(_ =>
        {
            Append();
            _time.Advance(TimeSpan.FromMicroseconds(50));
        });

        Append();
        var block = Sequencer.WaitForBlock(Quiet)!;

        block.Count.ShouldBe(1 + 6);
        _wal.WriteBlock(block);
    }

    [Fact]
    public void A_block_that_is_worth_a_flush_goes_at_once()
    {
        GivenABlockOf(Many);
        WhenItGivesWay(_ => Append());

        Append(64 * 1024);
        var block = Sequencer.WaitForBlock(Quiet)!;

        block.Count.ShouldBe(1);
        _turns.ShouldBe(0);
        _wal.WriteBlock(block);
    }

    [Fact]
    public void No_more_is_gathered_than_is_worth_a_flush()
    {
        GivenABlockOf(Many);
        WhenItGivesWay(_ => Append(16 * 1024));

        Append();
        var block = Sequencer.WaitForBlock(Quiet)!;

        block.Count.ShouldBe(1 + 4);
        _wal.WriteBlock(block);
    }

    [Fact]
    public void A_failure_meanwhile_ends_the_writer()
    {
        GivenABlockOf(Many);
        WhenItGivesWay(_ => Sequencer.OnFailed(new IOException("broken")));

        Append();

        Sequencer.WaitForBlock(Quiet).ShouldBeNull();
    }

    [Fact]
    public void A_close_meanwhile_leaves_the_block_to_be_written()
    {
        GivenABlockOf(Many);
        WhenItGivesWay(_ => Sequencer.BeginClose());

        Append();
        var block = Sequencer.WaitForBlock(Quiet)!;

        block.Count.ShouldBe(1);
        _wal.WriteBlock(block);
        Sequencer.WaitForBlock(Quiet).ShouldBeNull();
    }

    [Fact]
    public void The_other_writer_is_not_woken_for_what_is_being_gathered()
    {
        GivenABlockOf(Many);
        var other = new Thread(() => Sequencer.WaitForBlock(Quiet)) { IsBackground = true };
        WhenItGivesWay(turn =>
        {
            if (turn > 1)
                return;

            other.Start();
            SpinWait.SpinUntil(() => Sequencer.Sleeping == 1, TimeSpan.FromSeconds(30)).ShouldBeTrue("the other one finds nothing to take");
            Append();
        });

        Append();
        var block = Sequencer.WaitForBlock(Quiet)!;

        block.Count.ShouldBe(2);
        Sequencer.Sleeping.ShouldBe(1);
        _wal.WriteBlock(block);
        Sequencer.BeginClose();
        other.Join(TimeSpan.FromSeconds(30)).ShouldBeTrue();
    }

    [Fact]
    public void A_block_that_is_full_meanwhile_is_taken_by_the_other_writer()
    {
        GivenABlockOf(Many);
        WalBlock? full = null;
        var other = new Thread(() => full = Sequencer.WaitForBlock(Quiet)) { IsBackground = true };
        WhenItGivesWay(turn =>
        {
            if (turn > 1)
                return;

            // A block has room for two of the largest bodies.
            for (var i = 0; i < 3; i++)
                _wal.Add(1, ++_entries, new byte[WalFixture.BodyLimit]);

            other.Start();
            other.Join(TimeSpan.FromSeconds(30)).ShouldBeTrue("there is a block for it");
        });

        Append();
        var block = Sequencer.WaitForBlock(Quiet)!;

        full.ShouldNotBeNull();
        block.Sequence.ShouldBe(full.Sequence + 1);
        _wal.WriteBlock(full);
        _wal.WriteBlock(block);
    }

    private void GivenABlockOf(int entries)
    {
        for (var i = 0; i < entries; i++)
            Append();

        _wal.Pump();
    }

    private void WhenItGivesWay(Action<int> then) => Sequencer.GiveWay = () =>
    {
        then(++_turns);
        return true;
    };

    private void Append(int bytes = 1) => _wal.Add(1, ++_entries, new byte[bytes]);
}
