namespace Orleans.Log.Engine.Wal;

/// <summary>Names a checkpoint of the node's state, as the control slot holds it (docs/FORMAT.md §2).</summary>
/// <param name="Sequence">Sequence of the checkpoint file; 0 = none.</param>
/// <param name="Position">The WAL position that the checkpoint vouches for.</param>
/// <param name="Digest">SHA-256 of the file, as one number of 32 bytes in the order of the bytes.</param>
public readonly record struct WalCheckpoint(long Sequence, WalPosition Position, WalDigest Digest)
{
    /// <summary>There is none.</summary>
    public static WalCheckpoint None => default;
}

/// <summary>32 bytes of SHA-256.</summary>
public readonly record struct WalDigest
{
    private readonly UInt128 _low;
    private readonly UInt128 _high;

    /// <summary>From 32 bytes.</summary>
    public WalDigest(ReadOnlySpan<byte> bytes)
    {
        _low = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bytes);
        _high = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..32]);
    }

    /// <summary>Writes 32 bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(destination, _low);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(destination[16..32], _high);
    }
}
