using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// A run and how it is fetched: in extents, which are as many whole blocks as fit into <see cref="ExtentLength"/>. The first one shares its range with the
/// table, so that a small run, or the beginning of a large one, is fetched by one call. Immutable.
/// </summary>
internal sealed class RunLayout : Cached
{
    /// <summary>What is fetched at once; one block more is longer only if a batch is. A power of two, since that is how pooled memory comes.</summary>
    public const int ExtentLength = 1024 * 1024;

    private readonly int[] _firsts;

    /// <summary>Cuts a run.</summary>
    public RunLayout(RunTable table)
    {
        Table = table;
        var firsts = new List<int> { 0 };
        var blocks = table.Blocks;
        var room = ExtentLength - table.Length;
        for (var i = 0; i < blocks.Length; i++)
        {
            if (blocks[i].Length > room)
            {
                // The first extent may hold no block at all, if the first block is that long.
                firsts.Add(i);
                room = ExtentLength;
            }

            room -= blocks[i].Length;
        }

        _firsts = [.. firsts];
    }

    /// <summary>The table.</summary>
    public RunTable Table { get; }

    /// <summary>Number of extents.</summary>
    public int Extents => _firsts.Length;

    /// <summary>In blocks.</summary>
    public override long Weight => Table.Blocks.Length + 16;

    /// <summary>The extent that holds a block.</summary>
    public int ExtentOf(int block)
    {
        var found = Array.BinarySearch(_firsts, block);

        // An extent without blocks begins with the same one as the next; then the later one holds it.
        return found < 0 ? ~found - 1 : found + 1 < _firsts.Length && _firsts[found + 1] == block ? found + 1 : found;
    }

    /// <summary>The blocks of an extent.</summary>
    public (int First, int End) BlocksOf(int extent) =>
        (_firsts[extent], extent + 1 < _firsts.Length ? _firsts[extent + 1] : Table.Blocks.Length);

    /// <summary>The range of an extent in its segment. That of the first one is known without the table, which it begins with.</summary>
    public SegmentRange RangeOf(int extent)
    {
        var run = Table.Ref;
        if (extent == 0)
            return BeginningOf(run);

        var (first, end) = BlocksOf(extent);
        var from = Table.Blocks[first].Offset;
        return new SegmentRange(run.Blob, run.Offset + Table.Length + from, Table.Blocks[end - 1].Offset + Table.Blocks[end - 1].Length - from);
    }

    /// <summary>The range of the table and the first extent of a run, which may end in the middle of a block.</summary>
    public static SegmentRange BeginningOf(in SegmentRef run) => new(run.Blob, run.Offset, Math.Min(run.Length, ExtentLength));
}

/// <summary>A part of a segment that is fetched by one call.</summary>
internal readonly record struct SegmentRange(BlobId Blob, int Offset, int Length);
