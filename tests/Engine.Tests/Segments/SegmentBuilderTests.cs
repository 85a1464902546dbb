using System.Buffers;
using System.Buffers.Binary;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Segments;

public sealed class SegmentBuilderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_goes_in_comes_out_as_it_was(int seed)
    {
        var random = new Random(seed);
        var streams = Enumerable.Range(1, 5).Select(i => (Id: new StreamId((UInt128)i * 977), Lsn: (long)random.Next(1000), Time: SegmentSamples.Now)).ToArray();
        var batches = new List<SampleBatch>();
        for (var i = 0; i < 300; i++)
        {
            ref var stream = ref streams[random.Next(streams.Length)];
            stream.Lsn += random.Next(40) == 0 ? random.Next(1, 100) : 0;
            var records = new AppendRecord[random.Next(1, 6)];
            stream.Time += random.Next(3);
            foreach (ref var record in records.AsSpan())
            {
                var payload = new byte[random.Next(10) == 0 ? random.Next(200_000) : random.Next(100)];
                random.NextBytes(payload);
                record = new AppendRecord(new ReadOnlySequence<byte>(payload), Timestamp: stream.Time += random.Next(2));
            }

            var start = records[0].Timestamp!.Value;
            batches.Add(SampleBatch.Of(stream.Id, stream.Lsn, start, random.Next(2) == 0 ? null : new ProducerStamp("p", 1, i), records));
            stream.Lsn += records.Length;
        }

        var bytes = SegmentSamples.WriteSegment(SegmentSamples.Place, out var runs, batches);
        var read = SegmentSamples.ReadSegment(bytes, SegmentSamples.Place);

        read.Select(part => part.Run).ShouldBe(runs);
        foreach (var stream in streams)
        {
            read.Where(part => part.Run.Stream == stream.Id).SelectMany(part => part.Batches)
                .ShouldBe(batches.Where(batch => batch.Entry.Stream == stream.Id).Select(batch => batch.Stored));
        }
    }

    [Fact]
    public void Records_are_found_by_LSN_and_by_time()
    {
        var batches = Enumerable.Range(0, 2_000).Select(i => SampleBatch.Of(
            SegmentSamples.Orders, i * 2, Time(i), null, SegmentSamples.Record(new string('x', 100), Time(i)), SegmentSamples.Record("y", Time(i)))).ToArray();
        var bytes = SegmentSamples.WriteSegment(SegmentSamples.Place, out var runs, batches);
        var table = RunTable.Read(bytes.AsSpan(runs[0].Ref.Offset, runs[0].Ref.Length), SegmentSamples.Store, SegmentSamples.Orders, runs[0].Ref);
        table.Blocks.Length.ShouldBeGreaterThan(3);
        for (var i = 0; i < 4_000; i += 7)
        {
            var block = table.FindByLsn(i);
            table.Blocks[block].First.ShouldBeLessThanOrEqualTo(i);
            table.EndOf(block).ShouldBeGreaterThan(i);
        }

        // Time moves with every tenth batch, so the first record of a time may lie in the block before the first one that begins with it.
        foreach (var (time, first) in batches.GroupBy(batch => batch.Entry.Timestamp).Select(group => (group.Key, group.First().Entry.Lsn)))
        {
            var block = table.FindByTime(time);
            table.Blocks[block].First.ShouldBeLessThanOrEqualTo(first);
            (block + 1 == table.Blocks.Length || table.Blocks[block + 1].Timestamp >= time).ShouldBeTrue();
        }

        table.FindByTime(0).ShouldBe(0);
        table.FindByTime(long.MaxValue).ShouldBe(table.Blocks.Length - 1);

        static long Time(int i) => SegmentSamples.Now + (i / 10);
    }

    [Fact]
    public void The_length_is_known_before_a_batch_is_added()
    {
        using var builder = new SegmentBuilder(SegmentSamples.Place, SegmentSamples.Now);
        foreach (var batch in SegmentSamples.Batches)
        {
            var announced = builder.LengthWith(batch.Entry, batch.Body.Length);
            builder.Add(batch.Entry, batch.Body);
            builder.Length.ShouldBe(announced);
        }

        builder.LengthWith(new WalEntry(WalEntryType.Append, default, SegmentSamples.Orders, 0, 0, 1, 111, 0, 0), StoreFormat.MaxBlobLength).ShouldBe(long.MaxValue);
        builder.Complete().Content.Length.ShouldBe(builder.Length);
    }

    [Fact]
    public void Batches_that_run_backwards_are_refused()
    {
        using var builder = new SegmentBuilder(SegmentSamples.Place, SegmentSamples.Now);
        var batch = SampleBatch.Of(SegmentSamples.Orders, 10, SegmentSamples.Now, null, SegmentSamples.Record("a", SegmentSamples.Now));
        builder.Add(batch.Entry, batch.Body);
        Should.Throw<InvalidOperationException>(() => builder.Add(batch.Entry, batch.Body));
        Should.Throw<InvalidOperationException>(() => builder.Add(batch.Entry with { Lsn = 5 }, batch.Body));
        Should.Throw<ArgumentException>(() => builder.Add(batch.Entry with { Type = WalEntryType.Trim, Lsn = 11 }, batch.Body));
    }

    [Fact]
    public void A_body_that_is_not_what_its_header_promises_does_not_reach_an_archive()
    {
        using var builder = new SegmentBuilder(SegmentSamples.Place, SegmentSamples.Now);
        var batch = SegmentSamples.Batches.First();
        Should.Throw<LogException>(() => builder.Add(batch.Entry with { Count = 3 }, batch.Body)).Code.ShouldBe(LogErrorCode.Corrupt);
        Should.Throw<LogException>(() => builder.Add(batch.Entry, batch.Body.AsSpan(0, batch.Body.Length - 1))).Code.ShouldBe(LogErrorCode.Corrupt);
        Should.Throw<InvalidOperationException>(() => builder.Complete());
    }

    [Fact]
    public void The_largest_batch_fits_behind_almost_a_whole_block()
    {
        using var builder = new SegmentBuilder(SegmentSamples.Place, SegmentSamples.Now);
        var small = SampleBatch.Of(SegmentSamples.Orders, 0, SegmentSamples.Now, null, SegmentSamples.Record(new string('x', 65_000), SegmentSamples.Now));
        var record = new AppendRecord(new ReadOnlySequence<byte>(new byte[Limits.RecordBytes - 64]), Timestamp: SegmentSamples.Now);
        var large = SampleBatch.Of(SegmentSamples.Orders, 1, SegmentSamples.Now, null, record, record, record, record);
        builder.Add(small.Entry, small.Body);
        builder.Add(large.Entry, large.Body);

        var bytes = builder.Complete().Content.ToArray();
        SegmentSamples.ReadSegment(bytes, SegmentSamples.Place)[0].Batches.ShouldBe([small.Stored, large.Stored]);
    }

    [Fact]
    public void Ten_thousand_quiet_streams_share_a_segment()
    {
        const int Streams = 10_000;
        var batches = Enumerable.Range(0, 2 * Streams).Select(i => SampleBatch.Of(
            new StreamId((UInt128)(i % Streams) + 1), i / Streams, SegmentSamples.Now, null, SegmentSamples.Record("quiet", SegmentSamples.Now)));
        var bytes = SegmentSamples.WriteSegment(SegmentSamples.Place, out var runs, batches);
        runs.Count.ShouldBe(Streams);
        SegmentSamples.ReadSegment(bytes, SegmentSamples.Place).ShouldAllBe(part => part.Batches.Count == 2);
    }

    [Theory]
    [InlineData(8)] // number of blocks
    [InlineData(12)] // length of the run
    public void A_hostile_length_is_refused_before_memory_is_taken(int field)
    {
        var bytes = SegmentSamples.WriteSegment(SegmentSamples.Place, out var runs, SegmentSamples.Batches.Take(1));
        var run = runs[0].Ref;
        foreach (var hostile in new[] { 0, -1, int.MinValue, int.MaxValue, 2, 100_000_000 })
        {
            var table = bytes.AsSpan(run.Offset, run.Length).ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(field), hostile);

            // With a checksum that agrees: whoever can write to a store can compute one.
            var checksum = SegmentRunBuilder.TableChecksum(table.AsSpan(0, SegmentFormat.TableLength(1)), SegmentSamples.Place, run.Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(4), checksum);

            var before = GC.GetAllocatedBytesForCurrentThread();
            Should.Throw<StoreFormatException>(() => RunTable.Read(table, SegmentSamples.Store, runs[0].Stream, run));
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
        }
    }

    [Theory]
    [InlineData(16)] // count of a batch
    [InlineData(20)] // length of a body
    [InlineData(0)] // first LSN
    public void A_batch_that_cannot_be_ends_the_walk(int field)
    {
        var bytes = SegmentSamples.WriteSegment(SegmentSamples.Place, out var runs, SegmentSamples.Batches.Take(1));
        var run = runs[0].Ref;
        var table = RunTable.Read(bytes.AsSpan(run.Offset, run.Length), SegmentSamples.Store, runs[0].Stream, run);
        var block = bytes.AsSpan(run.Offset + table.Length, table.Blocks[0].Length).ToArray();
        foreach (var hostile in new[] { -1, int.MinValue, int.MaxValue, 3 })
        {
            BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(field), hostile);
            Should.Throw<StoreFormatException>(() =>
            {
                var batches = table.Batches(0, block);
                while (batches.MoveNext())
                {
                    // Walking is all that is asked.
                }
            }).Fault.ShouldBe(StoreFault.Incoherent);
        }
    }
}
