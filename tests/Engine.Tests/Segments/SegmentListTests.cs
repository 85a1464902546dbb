using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Tests.Segments;

public sealed class SegmentListTests
{
    private static readonly BlobPlace Place = SegmentSamples.Place;

    [Fact]
    public void Segments_follow_each_other_and_may_leave_holes()
    {
        var list = SegmentList.Empty.Append(Run(0, 10)).Append(Run(10, 20)).Append(Run(25, 30));

        (list.First, list.End).ShouldBe((0, 30));
        Should.Throw<InvalidOperationException>(() => list.Append(Run(29, 40)));
        list.ByLsn(0).Run.ShouldBe(Run(0, 10));
        list.ByLsn(9).Run.ShouldBe(Run(0, 10));
        list.ByLsn(10).Run.ShouldBe(Run(10, 20));
        list.ByLsn(29).Run.ShouldBe(Run(25, 30));
        list.ByLsn(22).ShouldBe(new SegmentHit(SegmentHitKind.Lost, Lost: new(20, 25)));
        list.ByLsn(30).Kind.ShouldBe(SegmentHitKind.Beyond);
        SegmentList.Empty.ByLsn(0).Kind.ShouldBe(SegmentHitKind.Beyond);
    }

    [Fact]
    public void A_time_finds_the_first_segment_that_is_not_all_older()
    {
        var list = SegmentList.Empty.Append(Run(0, 10)).Append(Run(10, 20)).Append(Run(25, 30));

        list.ByTime(0).Run.First.ShouldBe(0);
        list.ByTime(Time(9)).Run.First.ShouldBe(0);
        list.ByTime(Time(9) + 1).Run.First.ShouldBe(10);
        list.ByTime(Time(19) + 1).Run.First.ShouldBe(25);
        list.ByTime(Time(29) + 1).Kind.ShouldBe(SegmentHitKind.Beyond);
    }

    [Fact]
    public void What_lies_below_the_head_is_dropped_by_whole_segments_and_sections()
    {
        var older = new SectionRef(new PackRef(new BlobId(SegmentSamples.Node, 1), 64, 100, 1), 3, 0, 50, Time(0), Time(49));
        var list = new SegmentList(older, Run(50, 60), Run(60, 70));

        list.DropBelow(49).ShouldBeSameAs(list);
        list.DropBelow(50).Older.ShouldBeNull();
        list.DropBelow(59).Refs.Length.ShouldBe(2);
        list.DropBelow(60).Refs.ToArray().ShouldBe([Run(60, 70)]);
        list.DropBelow(70).Refs.IsEmpty.ShouldBeTrue();
        list.ByLsn(49).ShouldBe(new SegmentHit(SegmentHitKind.Older, Section: older));
        list.ByTime(Time(49)).Kind.ShouldBe(SegmentHitKind.Older);
        list.ByTime(Time(49) + 1).Run.First.ShouldBe(50);
    }

    [Fact]
    public void A_snapshot_names_at_most_64()
    {
        var list = SegmentList.Empty;
        for (var i = 0; i < SegmentList.MaxRecent; i++)
            list = list.Append(Run(i, i + 1));

        Should.Throw<InvalidOperationException>(() => list.Append(Run(64, 65)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_segment_is_found_again_however_often_the_list_was_folded_and_trimmed(int seed)
    {
        var random = new Random(seed);
        var store = new Dictionary<PackRef, SegmentSection>();
        var (list, all, head, written) = (SegmentList.Empty, new List<SegmentRef>(), 0L, 0);
        for (var i = 0; i < 10_000; i++)
        {
            var first = list.End + (random.Next(50) == 0 ? random.Next(1, 9) : 0);
            var run = Run(first, first + random.Next(1, 9), attempt: i + 1);
            all.Add(run);
            list = list.Append(run);
            if (random.Next(400) == 0)
                head = Math.Max(head, all[random.Next(all.Count)].First + 1);

            if (list.Fold(SegmentSamples.Orders, head) is { } fold && random.Next(3) > 0)
            {
                while (fold.Wants is { } wanted)
                    fold.Take(store[wanted.Item]);

                var item = new PackRef(new BlobId(SegmentSamples.Node, i + 1), 64, 100, (uint)i);
                store[item] = fold.Section;
                written += fold.Section.Refs.Length;
                fold.Section.Refs.Length.ShouldBeLessThanOrEqualTo(SegmentSection.MaxCount);
                list = fold.Complete(item);
            }
        }

        written.ShouldBeLessThan(10_000 * 8);
        foreach (var run in all.Where(run => run.End > head))
        {
            Find(run.First, out var chain).ShouldBe(run);
            Find(run.End - 1, out _).ShouldBe(run);
            chain.ShouldBeLessThanOrEqualTo(8 + (10_000 / 2_048));
        }

        SegmentRef Find(long lsn, out int chain)
        {
            SegmentLookup part = list;
            for (chain = 0; ; chain++)
            {
                var hit = part.ByLsn(lsn);
                if (hit.Kind == SegmentHitKind.Run)
                    return hit.Run;

                hit.Kind.ShouldBe(SegmentHitKind.Older);
                part = store[hit.Section.Item];
            }
        }
    }

    [Fact]
    public void A_fold_takes_in_only_the_section_that_it_wants()
    {
        var list = SegmentList.Empty;
        for (var i = 0; i < SegmentList.FoldAt; i++)
            list = list.Append(Run(i, i + 1));

        var item = new PackRef(new BlobId(SegmentSamples.Node, 1), 64, 100, 1);
        var first = list.Fold(SegmentSamples.Orders, 0)!;
        first.Wants.ShouldBeNull();
        Should.Throw<InvalidOperationException>(() => first.Take(first.Section));
        list = first.Complete(item);
        list.Fold(SegmentSamples.Orders, 0).ShouldBeNull();
        for (var i = list.End; list.Refs.Length < SegmentList.FoldAt; i++)
            list = list.Append(Run(i, i + 1));

        var second = list.Fold(SegmentSamples.Orders, 0)!;
        second.Wants.ShouldBe(first.Section.At(item));
        Should.Throw<InvalidOperationException>(() => second.Take(new SegmentSection(SegmentSamples.Orders, null, Run(0, 1))));
        second.Take(first.Section);
        second.Section.Refs.Length.ShouldBe(32);
        second.Section.Older.ShouldBeNull();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Any_list_is_written_and_read(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var refs = new SegmentRef[random.Next(1, 65)];
            var (end, timestamp) = (0L, 0L);
            foreach (ref var run in refs.AsSpan())
            {
                var first = end + (random.Next(3) == 0 ? random.NextInt64(1L << random.Next(1, 46)) : 0);
                var firstTimestamp = timestamp + random.NextInt64(1L << random.Next(1, 46));
                run = new SegmentRef(
                    new BlobId(random.Next(4) == 0 ? SegmentSamples.OtherNode : SegmentSamples.Node, random.NextInt64(1, long.MaxValue)),
                    random.Next(64, 1 << 29),
                    random.Next(200, 1 << 29),
                    first,
                    first + random.NextInt64(1, 1L << random.Next(1, 46)),
                    firstTimestamp,
                    firstTimestamp + random.NextInt64(1L << random.Next(1, 46)),
                    random.NextInt64());
                (end, timestamp) = (run.End, run.LastTimestamp);
            }

            var bytes = new byte[SegmentRefCodec.MaxLength(refs.Length)];
            var writer = new Engine.Checkpoints.SpanWriter(bytes);
            SegmentRefCodec.Write(refs, ref writer);
            var reader = new Engine.Checkpoints.SpanReader(bytes.AsSpan(0, bytes.Length - writer.Left));
            SegmentRefCodec.Read(ref reader, 64).ShouldBe(refs);
            reader.End();
        }
    }

    [Fact]
    public void A_segment_of_a_quiet_stream_costs_a_snapshot_few_bytes()
    {
        var refs = Enumerable.Range(0, 32).Select(i => new SegmentRef(
            new BlobId(Place.Blob.Node, 10_000 + i), 8_000_000, 1_000, i * 10, (i * 10) + 10, Time(i * 300_000), Time(i * 300_000) + 200_000, 800)).ToArray();
        var bytes = new byte[SegmentRefCodec.MaxLength(refs.Length)];
        var writer = new Engine.Checkpoints.SpanWriter(bytes);
        SegmentRefCodec.Write(refs, ref writer);
        (bytes.Length - writer.Left).ShouldBeLessThan(32 * 24);
    }

    [Theory]
    [InlineData("0100")] // no bytes for it
    [InlineData("ffffffff7f00")] // two thousand million segments
    [InlineData("4100")] // more than 64
    [InlineData("80808080808080808001")] // longer than a number
    [InlineData("8000")] // longer than it needs to be
    [InlineData("0102")] // more nodes than segments
    public void A_list_that_cannot_be_is_refused_before_memory_is_taken(string hex)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InvalidDataException>(() =>
        {
            var reader = new Engine.Checkpoints.SpanReader(Convert.FromHexString(hex));
            SegmentRefCodec.Read(ref reader, 64);
        });
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    private static long Time(long lsn) => SegmentSamples.Now + lsn;

    private static SegmentRef Run(long first, long end, long attempt = 7) =>
        new(new BlobId(SegmentSamples.Node, attempt), 64, 300, first, end, Time(first), Time(end - 1), 100);
}
