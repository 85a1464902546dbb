namespace Orleans.Log.Engine.Wal;

/// <summary>Where writing goes on.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">The offset of the next block in it.</param>
/// <param name="NextBlock">Sequence of the next block.</param>
/// <param name="PreviousHeader">Header CRC of the block before it.</param>
internal readonly record struct WalTail(long File, uint Offset, long NextBlock, uint PreviousHeader)
{
    /// <summary>The place.</summary>
    public WalPosition Position => new(File, Offset);
}
