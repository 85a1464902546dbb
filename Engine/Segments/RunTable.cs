using System.Buffers.Binary;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// The table at the beginning of a run: where its blocks stand, and how they are verified (docs/FORMAT.md §11). Immutable.
/// </summary>
internal sealed class RunTable
{
    private readonly BlobPlace _place;
    private readonly BlockEntry[] _blocks;

    private RunTable(StreamId stream, in SegmentRef reference, in BlobPlace place, BlockEntry[] blocks) =>
        (Stream, Ref, _place, _blocks) = (stream, reference, place, blocks);

    /// <summary>Whose records.</summary>
    public StreamId Stream { get; }

    /// <summary>The run.</summary>
    public SegmentRef Ref { get; }

    /// <summary>The blocks.</summary>
    public ReadOnlySpan<BlockEntry> Blocks => _blocks;

    /// <summary>Length of the table itself: where the blocks begin in the run.</summary>
    public int Length => SegmentFormat.TableLength(_blocks.Length);

    /// <summary>
    /// Reads the table from the beginning of a run, of which <see cref="SegmentFormat.MaxTableLength"/> bytes or more are there. Throws
    /// <see cref="StoreFormatException"/> unless it is the table of exactly this run.
    /// </summary>
    public static RunTable Read(ReadOnlySpan<byte> source, Guid store, StreamId stream, in SegmentRef reference)
    {
        var place = new BlobPlace(store, reference.Blob);
        if (source.Length < SegmentFormat.RunHeaderLength)
            throw new StoreFormatException(StoreFault.Truncated, $"Of a run of {reference.Length} bytes there are {source.Length}.");

        if (!SegmentRunBuilder.IsTable(source))
            throw new StoreFormatException(StoreFault.ChecksumMismatch, "The bytes do not begin like a run.");

        var count = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        if (count < 1 || count > (Math.Min(source.Length, reference.Length) - SegmentFormat.RunHeaderLength) / SegmentFormat.BlockEntryLength)
            throw new StoreFormatException(StoreFault.ChecksumMismatch, $"A run of {reference.Length} bytes cannot have {count} blocks.");

        source = source[..SegmentFormat.TableLength(count)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) != SegmentRunBuilder.TableChecksum(source, place, reference.Offset))
            throw new StoreFormatException(StoreFault.ChecksumMismatch, "The checksum of a run's table does not hold.");

        var reader = new SpanReader(source[12..]);
        var length = reader.Int32();
        StoreFormat.RequireSame(reader.StreamId(), stream, "stream");
        var found = new SegmentRef(
            reference.Blob, reference.Offset, length, reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64());
        StoreFormat.RequireSame(found, reference, "run");
        return new RunTable(stream, reference, place, ReadBlocks(ref reader, count, reference));
    }

    /// <summary>Can a run like this exist? What is read from a store is asked before it is used.</summary>
    public static bool IsPlausible(in SegmentRef run) =>
        run.Offset >= StoreFormat.HeaderLength
        && run.Length > SegmentFormat.TableLength(1) + SegmentFormat.BatchHeaderLength
        && (long)run.Offset + run.Length <= StoreFormat.MaxBlobLength
        && run.First >= 0 && run.End > run.First && run.End <= Limits.Position
        && run.FirstTimestamp >= 0 && run.LastTimestamp >= run.FirstTimestamp
        && run.Bytes >= 0 && run.Blob.Attempt > 0;

    /// <summary>LSN behind the last record of a block.</summary>
    public long EndOf(int block) => block + 1 < _blocks.Length ? _blocks[block + 1].First : Ref.End;

    /// <summary>The block that holds an LSN of the run.</summary>
    public int FindByLsn(long lsn) => Math.Max(0, CountBelow(lsn, static (in BlockEntry block, long wanted) => block.First <= wanted) - 1);

    /// <summary>The block from which a walk forward meets the first record of the run that is not older than a time.</summary>
    public int FindByTime(long timestamp) => Math.Max(0, CountBelow(timestamp, static (in BlockEntry block, long wanted) => block.Timestamp < wanted) - 1);

    /// <summary>Is this the block, whole and in its place?</summary>
    public bool Verify(int block, ReadOnlySpan<byte> bytes)
    {
        ref readonly var entry = ref _blocks[block];
        return bytes.Length == entry.Length
            && Crc32C.Finish(Crc32C.Add(BlockEntry.ChecksumStart(_place, Stream, entry.First, entry.Offset), bytes)) == entry.Checksum;
    }

    /// <summary>The batches of a block that was verified.</summary>
    public SegmentBatches Batches(int block, ReadOnlySpan<byte> bytes) => new(Stream, bytes, _blocks[block].First, EndOf(block));

    private static BlockEntry[] ReadBlocks(ref SpanReader reader, int count, in SegmentRef run)
    {
        var blocks = new BlockEntry[count];
        var (lsn, timestamp, offset) = (run.First, run.FirstTimestamp, 0L);
        for (var i = 0; i < count; i++)
        {
            var block = new BlockEntry(reader.Int64(), reader.Int64(), reader.Int32(), reader.Int32(), (uint)reader.Int32());
            if (block.Offset != offset
                || (i == 0 ? block.First != lsn || block.Timestamp != timestamp : block.First <= lsn || block.Timestamp < timestamp)
                || block.Length is <= SegmentFormat.BatchHeaderLength or > SegmentFormat.MaxBlockLength)
            {
                throw StoreFormat.Incoherent($"Block {i} of a run cannot be there");
            }

            blocks[i] = block;
            (lsn, timestamp, offset) = (block.First, block.Timestamp, offset + block.Length);
        }

        reader.End();
        return offset + SegmentFormat.TableLength(count) == run.Length && lsn < run.End && timestamp <= run.LastTimestamp
            ? blocks
            : throw StoreFormat.Incoherent("The blocks of a run do not fill it");
    }

    private delegate bool IsBelow(in BlockEntry block, long wanted);

    private int CountBelow(long wanted, IsBelow isBelow)
    {
        var (low, high) = (0, _blocks.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isBelow(_blocks[middle], wanted))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
