using System.Buffers;

namespace Orleans.Log.Engine.Segments;

/// <summary>Memory in pooled chunks, given out piece by piece and given back as a whole. For one thread.</summary>
internal sealed class ChunkArena : IDisposable
{
    /// <summary>Length of a chunk.</summary>
    public const int ChunkLength = 256 * 1024;

    private readonly List<byte[]> _chunks = [];
    private int _used = ChunkLength;

    /// <summary>At least one byte and at most so many.</summary>
    public ArraySegment<byte> Take(int atMost)
    {
        if (_used == ChunkLength)
            Grow();

        return Cut(Math.Min(atMost, ChunkLength - _used));
    }

    /// <summary>Exactly so many bytes, at most a chunk. What is left of the present chunk is lost if they do not fit into it.</summary>
    public ArraySegment<byte> TakeWhole(int length)
    {
        if (ChunkLength - _used < length)
            Grow();

        return Cut(length);
    }

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        foreach (var chunk in _chunks)
            ArrayPool<byte>.Shared.Return(chunk);

        _chunks.Clear();
        _used = ChunkLength;
    }

    private ArraySegment<byte> Cut(int length)
    {
        var cut = new ArraySegment<byte>(_chunks[^1], _used, length);
        _used += length;
        return cut;
    }

    private void Grow()
    {
        _chunks.Add(ArrayPool<byte>.Shared.Rent(ChunkLength));
        _used = 0;
    }
}

/// <summary>Bytes in the pieces of an arena. Neighbours become one piece, so bytes that were written in one go are few pieces.</summary>
internal sealed class Pieces
{
    private readonly List<ArraySegment<byte>> _pieces = [];

    /// <summary>How many bytes.</summary>
    public long Length { get; private set; }

    /// <summary>The pieces.</summary>
    public IReadOnlyList<ArraySegment<byte>> All => _pieces;

    /// <summary>Adds a copy of some bytes.</summary>
    public void Write(ChunkArena arena, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = arena.Take(bytes.Length);
            bytes[..piece.Count].CopyTo(piece);
            bytes = bytes[piece.Count..];
            Add(piece);
        }
    }

    /// <summary>Adds a piece.</summary>
    public void Add(ArraySegment<byte> piece)
    {
        Length += piece.Count;
        if (_pieces is [.., var last] && last.Array == piece.Array && last.Offset + last.Count == piece.Offset)
            _pieces[^1] = new ArraySegment<byte>(last.Array!, last.Offset, last.Count + piece.Count);
        else
            _pieces.Add(piece);
    }

    /// <summary>Adds all pieces of another.</summary>
    public void Add(Pieces others)
    {
        foreach (var piece in others._pieces)
            Add(piece);
    }

    /// <summary>All of it, good until the arena is given back.</summary>
    public ReadOnlySequence<byte> ToSequence()
    {
        if (_pieces.Count == 0)
            return ReadOnlySequence<byte>.Empty;

        var first = new Segment(_pieces[0], null);
        var last = first;
        foreach (var piece in _pieces.Skip(1))
            last = new Segment(piece, last);

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ArraySegment<byte> piece, Segment? before)
        {
            Memory = piece;
            if (before is null)
                return;

            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
