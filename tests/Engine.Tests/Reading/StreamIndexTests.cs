using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Reading;

public class StreamIndexTests
{
    private const int FileBytes = 64 * 1024 * 1024;

    [Theory]
    [InlineData(200)]
    [InlineData(9_000)]
    [InlineData(500_000)]
    public void Every_lsn_is_found_at_or_below_its_place_and_near_it_while_the_memory_is_bounded(int step)
    {
        var index = new StreamIndex();
        var places = new List<IndexEntry>();
        for (var i = 0; i < 20_000; i++)
        {
            var entry = new IndexEntry(i * 2, Place((long)i * step), i);
            places.Add(entry);
            index.Add(entry, 100);
        }

        index.Held.ShouldBeLessThanOrEqualTo(64 + 32);
        for (var lsn = 0; lsn < 40_000; lsn += 37)
            index.Floor(lsn)!.Value.ShouldBe(Expected(index.Floor(lsn)!.Value.Lsn));

        for (var lsn = 39_940; lsn < 40_000; lsn++)
            index.Floor(lsn)!.Value.Lsn.ShouldBe(lsn / 2 * 2, "The newest batches are found exactly.");

        index.EachFrom.ShouldBe(39_936);

        for (var time = 0; time < 20_000; time += 41)
        {
            var found = index.FloorByTime(time, head: 0)!.Value;
            (found.Timestamp < time || found.Lsn == 0).ShouldBeTrue();
        }

        IndexEntry Expected(long lsn) => places[(int)(lsn / 2)];
    }

    [Fact]
    public void A_stream_with_much_data_is_indexed_finely()
    {
        var index = new StreamIndex();
        for (var i = 0; i < 2_000; i++)
            index.Add(new IndexEntry(i, Place(i * 64L * 1024), i), 64 * 1024);

        for (var lsn = 0; lsn < 2_000; lsn++)
            index.Floor(lsn)!.Value.Lsn.ShouldBeGreaterThan(lsn - 3);
    }

    [Fact]
    public void A_stream_whose_batches_stand_far_apart_notes_each_of_them_once()
    {
        var index = new StreamIndex();
        for (var i = 0; i < 64; i++)
            index.Add(new IndexEntry(i, Place(i * 20_000_000L), i), 100);

        index.Held.ShouldBe(64);
        for (var lsn = 0; lsn < 64; lsn++)
            index.Floor(lsn)!.Value.Lsn.ShouldBe(lsn);
    }

    [Fact]
    public void The_place_of_the_head_stays_known_after_a_trim()
    {
        var index = new StreamIndex();
        for (var i = 0; i < 500; i++)
            index.Add(new IndexEntry(i, Place(i * 100_000L), i), 100_000);

        index.TrimTo(250, isEmpty: false);
        index.Floor(250)!.Value.Lsn.ShouldBeInRange(249, 250);
        index.First!.Value.Lsn.ShouldBeInRange(249, 250);
        index.FloorByTime(10, head: 250)!.Value.Lsn.ShouldBeInRange(249, 250, "Not a place below it, which may be reclaimed.");
        index.TrimTo(500, isEmpty: true);
        index.Held.ShouldBe(0);
        index.Floor(500).ShouldBeNull();
    }

    [Fact]
    public void A_place_where_a_reader_stopped_is_nearer_than_the_index_until_it_is_trimmed()
    {
        var index = new StreamIndex();
        for (var i = 0; i < 1_000; i++)
            index.Add(new IndexEntry(i, Place(i * 1_000L), i), 1_000);

        index.Remember(new IndexEntry(130, Place(130_000), 130));
        index.Floor(131)!.Value.Lsn.ShouldBe(130);
        index.Floor(129)!.Value.Lsn.ShouldBeLessThan(129);
        index.TrimTo(500, isEmpty: false);
        index.Floor(501)!.Value.Lsn.ShouldBeGreaterThan(400);
    }

    /// <summary>WAL files below the first place are reclaimed at any time.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_place_is_ever_found_below_the_first_one_that_was_known_before(int seed)
    {
        var random = new Random(seed);
        var index = new StreamIndex();
        var (batches, offset, tail, low, reclaimed) = (new List<IndexEntry>(), 0L, 0L, 0L, WalPosition.None);
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(400))
            {
                case 0 when low < tail:
                    low = batches[random.Next(batches.Count)].Lsn is var head && head > low ? head : low;
                    index.TrimTo(low, isEmpty: false);
                    break;
                case 1 when low < tail:
                    var cut = random.Next(batches.Count);
                    if (batches[cut].Lsn <= low)
                        break;

                    // Captured somewhere between this batch and the one before.
                    low = batches[cut].Lsn;
                    index.StartAt(new IndexEntry(low, Place(batches[cut - 1].Position is var before ? OffsetOf(before) + 1 : 0), 0));
                    break;
                case < 20 when batches.Count > 0:
                    var stop = batches[random.Next(batches.Count)];
                    if (stop.Lsn >= low)
                        index.Remember(stop);

                    break;
                default:
                    offset += random.Next(random.Next(10) == 0 ? FileBytes : 200_000);
                    batches.Add(new IndexEntry(tail, Place(offset), tail));
                    index.Add(batches[^1], 100);
                    tail += random.Next(1, 4);
                    break;
            }

            if (index.First is { } first)
            {
                first.Lsn.ShouldBeLessThanOrEqualTo(low);
                reclaimed = first.Position > reclaimed ? first.Position : reclaimed;
                var wanted = low + random.NextInt64(tail - low);
                index.Floor(wanted)!.Value.Position.ShouldBeGreaterThanOrEqualTo(reclaimed, $"step {step}: LSN {wanted} of {low} to {tail}");
                index.FloorByTime(wanted - random.Next(20), head: 0)!.Value.Position.ShouldBeGreaterThanOrEqualTo(reclaimed, $"step {step}: about the time of LSN {wanted} of {low} to {tail}");
            }
        }

        static long OffsetOf(WalPosition position) => (position.File - 1) * FileBytes + position.Offset;
    }

    [Fact]
    public void A_cut_does_not_keep_the_file_in_which_it_was_made_if_what_follows_is_in_a_later_one()
    {
        var index = new StreamIndex();
        index.Add(new IndexEntry(0, Place(10), 0), 10);
        index.Add(new IndexEntry(1, Place(FileBytes + 10), 0), 10);
        index.StartAt(new IndexEntry(1, Place(20), 0));

        index.First!.Value.Position.ShouldBe(Place(FileBytes + 10));
    }

    private static WalPosition Place(long offset) => new(1 + offset / FileBytes, (uint)(offset % FileBytes));
}
