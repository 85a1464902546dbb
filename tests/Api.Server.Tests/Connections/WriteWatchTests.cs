using Orleans.Log.Api.Server.Connections;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Server.Tests.Connections;

/// <summary>Who is cut for taking nothing, and who is not.</summary>
public sealed class WriteWatchTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly WriteWatch _watch;
    private readonly Peer _peer = new();

    public WriteWatchTests()
    {
        _watch = new WriteWatch(_time, Deadline);
        _watch.Add(_peer);
    }

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void Peer_that_takes_nothing_is_cut_at_the_deadline()
    {
        _peer.Progress = new TcpProgress(5_000_000, IsOutstanding: true);
        _time.Advance(WriteWatch.Interval);

        _time.Advance(Deadline - WriteWatch.Interval);
        _peer.Cuts.ShouldBe(0);
        _time.Advance(WriteWatch.Interval);

        _peer.Cuts.ShouldBe(1);
        _watch.Cut.ShouldBe(1);
        _time.Advance(Deadline * 2);
        _peer.Cuts.ShouldBe(1);
    }

    [Fact]
    public void Slow_peer_that_takes_something_stays_for_ever()
    {
        for (var taken = 0; taken < 100; taken++)
        {
            _peer.Progress = new TcpProgress(taken, IsOutstanding: true);
            _time.Advance(Deadline - WriteWatch.Interval);
        }

        _peer.Cuts.ShouldBe(0);
    }

    [Fact]
    public void Idle_peer_stays_and_its_deadline_begins_with_the_next_bytes()
    {
        _peer.Progress = new TcpProgress(100, IsOutstanding: false);
        _time.Advance(Deadline * 10);
        _peer.Progress = new TcpProgress(100, IsOutstanding: true);

        _time.Advance(Deadline - WriteWatch.Interval);
        _peer.Cuts.ShouldBe(0);
        _time.Advance(WriteWatch.Interval);
        _peer.Cuts.ShouldBe(1);
    }

    [Fact]
    public void Peer_of_which_nothing_is_known_is_left_alone()
    {
        _peer.Progress = null;

        _time.Advance(Deadline * 10);

        _peer.Cuts.ShouldBe(0);
    }

    [Fact]
    public void Closed_connection_is_no_longer_watched()
    {
        _peer.Progress = new TcpProgress(1, IsOutstanding: true);
        _watch.Remove(_peer);

        _time.Advance(Deadline * 10);

        _peer.Cuts.ShouldBe(0);
    }

    private sealed class Peer : IWatchedConnection
    {
        public int Cuts { get; private set; }

        public TcpProgress? Progress { get; set; }

        public void Cut() => Cuts++;
    }
}
