namespace Orleans.Log.Engine.Wal;

/// <summary>Tells blocks of one WAL from other bytes. Holds no state, so any thread may ask.</summary>
/// <param name="WalId">The WAL.</param>
/// <param name="FileSize">Size of its files.</param>
/// <param name="Sabotage">Defects planted by a suite.</param>
internal sealed record WalBlocks(Guid WalId, long FileSize, WalSabotage Sabotage)
{
    /// <summary>Does a block of this WAL begin at a place? Says nothing of the chain, and nothing of the records.</summary>
    public bool HeaderAt(ReadOnlySpan<byte> bytes, WalPosition place, out BlockHeader header, out uint checksum)
    {
        header = default;
        checksum = 0;
        if (bytes.Length < WalFormat.BlockHeaderBytes || !BlockHeader.StartsLikeOne(bytes) || !BlockHeader.TryRead(bytes, out header, out checksum))
            return false;

        var file = Sabotage.Has(WalSabotage.TrustStaleFile) ? header.File : place.File;
        return header.IsAt(WalId, file, place.Offset, FileSize);
    }

    /// <summary>Verifies the records of a block; <paramref name="block"/> is the block from its header on.</summary>
    public WalBlockState Verify(ReadOnlySpan<byte> block, in BlockHeader header) => WalBlockCheck.Verify(block, header, PlaceOf(header), Sabotage);

    /// <summary>The place of the block's file.</summary>
    public WalPlace PlaceOf(in BlockHeader header) => WalPlace.Of(WalId, header.File, Sabotage);
}
