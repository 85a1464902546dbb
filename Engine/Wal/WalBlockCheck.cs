namespace Orleans.Log.Engine.Wal;

/// <summary>What is wrong with the records of a block whose header holds.</summary>
internal enum WalBlockState
{
    /// <summary>Nothing.</summary>
    Whole,

    /// <summary>Every record's header holds and some bodies do not.</summary>
    BodiesDamaged,

    /// <summary>A record's header does not hold, or they are not the records that the block was written with.</summary>
    Damaged,
}

/// <summary>Verifies the records of a block against its header.</summary>
internal static class WalBlockCheck
{
    /// <summary>Verifies; <paramref name="block"/> is the block from its header on.</summary>
    public static WalBlockState Verify(ReadOnlySpan<byte> block, in BlockHeader header, in WalPlace place, WalSabotage sabotage)
    {
        if (block.Length < header.Length)
            return WalBlockState.Damaged;

        var digest = Crc32C.Start;
        var at = WalFormat.BlockHeaderBytes;
        var bodies = true;
        for (var i = 0; i < header.Count; i++)
        {
            if (!EntryHeader.TryRead(block[at..header.Length], place, header.Offset + (uint)at, header.Length - at, out var record))
                return WalBlockState.Damaged;

            digest = Crc32C.Add(digest, record.HeaderChecksum);
            bodies &= BodyHolds(block[at..], record, sabotage);
            at += record.PaddedLength;
        }

        if (at != header.Length || Crc32C.Finish(digest) != header.RecordsDigest)
            return WalBlockState.Damaged;

        return bodies ? WalBlockState.Whole : WalBlockState.BodiesDamaged;
    }

    /// <summary>Does the body of a record verify?</summary>
    public static bool BodyHolds(ReadOnlySpan<byte> record, in EntryView view, WalSabotage sabotage) =>
        Crc32C.Of(record[WalFormat.EntryHeaderBytes..view.Length]) == view.BodyChecksum || sabotage.Has(WalSabotage.IgnoreBodyChecksum);
}
