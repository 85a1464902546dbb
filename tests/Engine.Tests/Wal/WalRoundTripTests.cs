using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

public sealed class WalRoundTripTests
{
    [Fact]
    public void What_was_durable_comes_back_in_order_and_byte_for_byte_over_many_files()
    {
        var disk = new SimulatedDisk();
        var random = new Random(3);
        var written = new List<(WalPosition, WalEntry, byte[])>();
        var subscriber = new Subscriber();
        using (var wal = WalFixture.Open(disk))
        {
            for (var entry = 1; entry <= 400; entry++)
            {
                var body = WalFixture.Body(1, entry, random.Next(0, 30_000));
                while (wal.TryAdmit(body.Length, WalClass.Append) != WalAdmission.Admitted)
                    subscriber.WaitFor(entry - 1);

                written.Add((wal.Append(WalFixture.Entry(1, entry), new Bytes(body), subscriber), WalFixture.Entry(1, entry), body));
            }

            subscriber.WaitFor(400);
            wal.IsDurable(written[^1].Item1).ShouldBeTrue();
            Check(wal.ReadAll(), written);
        }

        written[^1].Item1.File.ShouldBeGreaterThan(4);
        var replay = new Recorded();
        using (var wal = WalFixture.Open(disk, replay: replay))
        {
            Check(replay.Entries, written);
            Check(wal.ReadAll(), written);
            wal.Report.Clean.ShouldBeTrue();
            wal.Report.CutBlocks.ShouldBe(0);
            wal.Report.Entries.ShouldBe(400);
            Check(wal.ReadAll(written[200].Item1), written[200..]);
        }
    }

    [Fact]
    public void A_subscriber_is_told_once_per_block_with_its_highest_entry()
    {
        using var wal = WalFixture.Open(new SimulatedDisk(), WalFixture.Options(threads: false));
        var (one, two) = (new Subscriber(), new Subscriber());
        for (var entry = 1; entry <= 5; entry++)
        {
            wal.Add(1, entry, [1, 2, 3], one);
            wal.Add(2, entry, [4], two);
        }

        one.Told.ShouldBeEmpty();
        wal.Pump();
        one.Told.ShouldBe([5L]);
        two.Told.ShouldBe([5L]);
        wal.Add(1, 6, [1], one);
        wal.Pump();
        one.Told.ShouldBe([5L, 6L]);
    }

    [Fact]
    public void A_batch_of_the_largest_size_fits_into_one_block()
    {
        var disk = new SimulatedDisk();
        var body = WalFixture.Body(1, 1, WalFixture.BodyLimit);
        using (var wal = WalFixture.Open(disk, WalFixture.Options(threads: false)))
        {
            wal.Add(1, 1, [1]);
            wal.Add(1, 2, body);
            wal.Add(1, 3, [2]);
            wal.Pump();
        }

        var replay = new Recorded();
        using (WalFixture.Open(disk, replay: replay))
            replay.Entries[1].Body.ShouldBe(body);
    }

    [Fact]
    public void A_reopened_log_goes_on_where_it_ended()
    {
        var disk = new SimulatedDisk();
        for (var round = 1; round <= 12; round++)
        {
            var replay = new Recorded();
            using var wal = WalFixture.Open(disk, WalFixture.Options(threads: false), replay);
            replay.Numbers(1).ShouldBe(string.Join(' ', Enumerable.Range(1, round - 1)));
            wal.Add(1, round, WalFixture.Body(1, round, 60_000));
            wal.Pump();
        }
    }

    private static void Check(List<(WalPosition Position, WalEntry Entry, byte[] Body)> found, List<(WalPosition, WalEntry, byte[])> written)
    {
        found.Count.ShouldBe(written.Count);
        for (var i = 0; i < found.Count; i++)
        {
            found[i].Position.ShouldBe(written[i].Item1);
            found[i].Entry.ShouldBe(written[i].Item2);
            found[i].Body.AsSpan().SequenceEqual(written[i].Item3).ShouldBeTrue($"body {i}");
        }
    }
}
