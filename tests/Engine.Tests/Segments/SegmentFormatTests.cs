using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Tests.Segments;

/// <summary>The bytes of docs/FORMAT.md §11. The golden file was written by an independent program from that page.</summary>
public sealed class SegmentFormatTests
{
    private static readonly byte[] Bytes = Golden.Read("Segments/segment-1.hex");

    [Fact]
    public void A_segment_is_written_as_published() => SegmentSamples.WriteSegment(SegmentSamples.Batches).ShouldBe(Bytes);

    [Fact]
    public void A_segment_is_read_as_published()
    {
        var read = SegmentSamples.ReadSegment(Bytes, SegmentSamples.Place);

        read.Select(part => (part.Run.Stream, part.Run.Ref.First, part.Run.Ref.End)).ShouldBe(
            [(SegmentSamples.Orders, 100, 104), (SegmentSamples.Other, 0, 1), (SegmentSamples.Orders, 110, 111)]);
        read.SelectMany(part => part.Batches).ShouldBe(
            SegmentSamples.Batches.Select(batch => batch.Stored), ignoreOrder: true);
    }

    [Fact]
    public void References_say_what_the_directory_says()
    {
        SegmentSamples.WriteSegment(SegmentSamples.Place, out var runs, SegmentSamples.Batches);
        SegmentSamples.ReadSegment(Bytes, SegmentSamples.Place).Select(part => part.Run).ShouldBe(runs);
        var run = runs[0].Ref;
        (run.FirstTimestamp, run.LastTimestamp).ShouldBe((SegmentSamples.Now, SegmentSamples.Now + 7));
        run.Bytes.ShouldBe(SegmentSamples.Batches.Where(batch => batch.Entry.Stream == runs[0].Stream && batch.Entry.Lsn < 104).Sum(batch => batch.Body.Length));
    }

    [Fact]
    public void Every_flipped_bit_is_seen()
    {
        var bytes = Bytes.ToArray();
        var (plain, end) = (bytes.AsSpan().IndexOf(new byte[256].Select(_ => (byte)0x5A).ToArray()), bytes.AsSpan().LastIndexOf((byte)0x5A));
        for (var at = 0; at < bytes.Length; at++)
        {
            // The long record is nothing but one byte: one bit of each hundredth is enough.
            var dull = at > plain + 8 && at < end - 8;
            for (var bit = 0; bit < 8; bit += dull ? 8 : 1)
            {
                if (dull && at % 97 != 0)
                    continue;

                bytes[at] ^= (byte)(1 << ((bit + at) % 8));
                Should.Throw<StoreFormatException>(() => SegmentSamples.ReadSegment(bytes, SegmentSamples.Place), $"byte {at}, bit {bit}");
                bytes[at] ^= (byte)(1 << ((bit + at) % 8));
            }
        }

        SegmentSamples.ReadSegment(bytes, SegmentSamples.Place);
    }

    [Fact]
    public void Every_flipped_bit_of_a_run_is_seen_without_the_digest_of_the_whole()
    {
        var run = SegmentSamples.ReadSegment(Bytes, SegmentSamples.Place)[1].Run;
        var bytes = Bytes.AsSpan(run.Ref.Offset, run.Ref.Length).ToArray();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Should.Throw<StoreFormatException>(() => SegmentSamples.ReadRun(bytes, run), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Every_cut_is_seen()
    {
        var small = SegmentSamples.WriteSegment(SegmentSamples.Batches.Where(batch => batch.Body.Length < 1000));
        for (var length = 0; length < small.Length; length++)
            Should.Throw<StoreFormatException>(() => SegmentSamples.ReadSegment(small[..length], SegmentSamples.Place), $"length {length}");

        Should.Throw<StoreFormatException>(() => SegmentSamples.ReadSegment([.. small, 0], SegmentSamples.Place));
    }

    [Fact]
    public void Every_cut_of_a_run_is_seen()
    {
        var run = SegmentSamples.ReadSegment(Bytes, SegmentSamples.Place)[1].Run;
        var bytes = Bytes.AsSpan(run.Ref.Offset, run.Ref.Length).ToArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            Should.Throw<StoreFormatException>(() =>
            {
                var table = RunTable.Read(bytes.AsSpan(0, length), SegmentSamples.Store, run.Stream, run.Ref);
                if (!table.Verify(0, bytes.AsSpan(0, length)[table.Length..]))
                    throw new StoreFormatException(StoreFault.ChecksumMismatch, "Cut.");
            });
        }
    }

    [Fact]
    public void What_was_written_for_another_store_node_attempt_offset_or_stream_does_not_verify()
    {
        var run = SegmentSamples.ReadSegment(Bytes, SegmentSamples.Place)[1].Run;
        var bytes = Bytes.AsMemory(run.Ref.Offset, run.Ref.Length);
        var (store, blob) = (SegmentSamples.Store, run.Ref.Blob);
        RunTable.Read(bytes.Span, store, run.Stream, run.Ref);

        Refused(StoreFault.ChecksumMismatch, Guid.NewGuid(), run.Stream, run.Ref);
        Refused(StoreFault.ChecksumMismatch, store, run.Stream, run.Ref with { Blob = blob with { Node = SegmentSamples.OtherNode } });
        Refused(StoreFault.ChecksumMismatch, store, run.Stream, run.Ref with { Blob = blob with { Attempt = blob.Attempt + 1 } });
        Refused(StoreFault.ChecksumMismatch, store, run.Stream, run.Ref with { Offset = run.Ref.Offset + 1 });
        Refused(StoreFault.Foreign, store, SegmentSamples.Orders, run.Ref);
        Refused(StoreFault.Foreign, store, run.Stream, run.Ref with { End = run.Ref.End + 1 });
        Refused(StoreFault.Foreign, store, run.Stream, run.Ref with { Length = run.Ref.Length + 1 });

        void Refused(StoreFault fault, Guid storeId, StreamId stream, in SegmentRef reference)
        {
            var copy = reference;
            Should.Throw<StoreFormatException>(() => RunTable.Read(bytes.Span, storeId, stream, copy)).Fault.ShouldBe(fault);
        }
    }

    [Fact]
    public void A_block_does_not_verify_in_the_place_of_another()
    {
        var batches = Enumerable.Range(0, 4).Select(i => SampleBatch.Of(
            SegmentSamples.Orders, i, SegmentSamples.Now, null, SegmentSamples.Record(new string('x', 70_000), SegmentSamples.Now)));
        var bytes = SegmentSamples.WriteSegment(SegmentSamples.Place, out var runs, batches);
        var run = runs[0].Ref;
        var table = RunTable.Read(bytes.AsSpan(run.Offset, run.Length), SegmentSamples.Store, SegmentSamples.Orders, run);

        table.Blocks.Length.ShouldBe(4);
        table.Blocks.ToArray().Select(block => block.Length).Distinct().Count().ShouldBe(1);
        for (var i = 0; i < 4; i++)
        {
            for (var j = 0; j < 4; j++)
                table.Verify(i, bytes.AsSpan(run.Offset + table.Length + table.Blocks[j].Offset, table.Blocks[j].Length)).ShouldBe(i == j);
        }
    }

    [Fact]
    public void A_newer_version_is_refused_with_both_numbers()
    {
        var bytes = Bytes.ToArray();
        bytes[4] = 2;
        var error = Should.Throw<StoreFormatException>(() => BlobHeader.ReadSegment(bytes));
        error.Fault.ShouldBe(StoreFault.UnsupportedVersion);
        error.Message.ShouldContain("version 2");
        error.Message.ShouldContain("knows 1");
    }
}
