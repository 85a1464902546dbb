using System.Buffers;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>Which extent of which run.</summary>
internal readonly record struct ExtentKey(BlobId Blob, int Run, int Extent);

/// <summary>Blocks of a run in pooled memory, each verified once, when they were fetched. Its memory goes back when nobody holds it.</summary>
internal sealed class Extent : Cached
{
    /// <summary>What an extent costs beside its memory: its table, which it keeps, and its places in the cache; bytes, measured.</summary>
    public const int ObjectBytes = 1024;

    private readonly byte[] _memory;
    private readonly RunTable _table;
    private readonly int _first;
    private readonly int _start;
    private readonly bool[]? _sound;

    /// <summary>Takes over rented memory, which holds the range of an extent, or as many bytes of it as there were, and verifies its blocks.</summary>
    public Extent(RunLayout layout, int number, byte[] memory, int length)
    {
        (_memory, _table, Range) = (memory, layout.Table, layout.RangeOf(number));
        (_first, End) = layout.BlocksOf(number);
        _start = Range.Offset - _table.Ref.Offset - _table.Length;
        for (var block = _first; block < End; block++)
        {
            ref readonly var entry = ref _table.Blocks[block];
            var at = entry.Offset - _start;
            if (at + entry.Length <= length && _table.Verify(block, memory.AsSpan(at, entry.Length)))
                continue;

            _sound ??= Enumerable.Repeat(true, End - _first).ToArray();
            _sound[block - _first] = false;
        }
    }

    /// <summary>Where it came from.</summary>
    public SegmentRange Range { get; }

    /// <summary>The block behind its last one.</summary>
    public int End { get; }

    /// <summary>Did every block verify?</summary>
    public bool IsWhole => _sound is null;

    /// <summary>What is damaged is looked at anew each time: the store may be mended.</summary>
    public override bool IsKept => IsWhole;

    /// <summary>All of its range, if it is whole.</summary>
    public ReadOnlySpan<byte> Content => _memory.AsSpan(0, Range.Length);

    /// <summary>In bytes, with the objects around it: of small streams there are very many, of which these are the larger part.</summary>
    public override long Weight => _memory.Length + ObjectBytes;

    /// <summary>Memory that blocks lent from it would keep.</summary>
    public int MemoryBytes => _memory.Length;

    /// <summary>Bytes and records from a block on.</summary>
    public (int Bytes, long Records) From(int block) =>
        (_table.Blocks[End - 1].Offset + _table.Blocks[End - 1].Length - _table.Blocks[block].Offset, _table.EndOf(End - 1) - _table.Blocks[block].First);

    /// <summary>The bytes of a block; throws <see cref="StoreFormatException"/> if they did not verify.</summary>
    public ReadOnlyMemory<byte> Block(int block)
    {
        if (_sound is not null && !_sound[block - _first])
            throw new StoreFormatException(StoreFault.ChecksumMismatch, $"Block {block} of the run at {_table.Ref.Offset} of segment {_table.Ref.Blob} does not verify.");

        ref readonly var entry = ref _table.Blocks[block];
        return _memory.AsMemory(entry.Offset - _start, entry.Length);
    }

    /// <inheritdoc/>
    protected override void Free() => ArrayPool<byte>.Shared.Return(_memory);
}
