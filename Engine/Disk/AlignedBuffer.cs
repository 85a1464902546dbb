using System.Runtime.CompilerServices;

namespace Orleans.Log.Engine.Disk;

/// <summary>Pinned memory whose start is a multiple of 4,096, as direct I/O wants it. Its content is undefined at first.</summary>
internal sealed class AlignedBuffer
{
    private const int Alignment = 4096;

    private readonly byte[] _bytes;
    private readonly int _start;

    /// <summary>Allocates; the length should be a multiple of 4,096.</summary>
    public unsafe AlignedBuffer(int length)
    {
        // On the pinned heap: the address stays what it is here, and the collector frees it like anything else.
        _bytes = GC.AllocateUninitializedArray<byte>(length + Alignment, pinned: true);
        var address = (nint)Unsafe.AsPointer(ref _bytes[0]);
        _start = (int)(-address & (Alignment - 1));
        Length = length;
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>All of it.</summary>
    public Span<byte> Span => _bytes.AsSpan(_start, Length);
}
