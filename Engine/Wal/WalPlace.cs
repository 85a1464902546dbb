using System.Runtime.CompilerServices;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// A file's part of the place that record checksums cover: WAL id and file sequence, already run through the CRC, so that a record adds only
/// its offset. A record that was written elsewhere, in another file's life or by another WAL does not verify here.
/// </summary>
internal readonly struct WalPlace
{
    private readonly uint _state;
    private readonly bool _ignored;

    private WalPlace(uint state, bool ignored)
    {
        _state = state;
        _ignored = ignored;
    }

    /// <summary>The place of a file of a WAL.</summary>
    [SkipLocalsInit]
    public static WalPlace Of(Guid walId, long file, WalSabotage sabotage)
    {
        if (sabotage.Has(WalSabotage.IgnorePlace))
            return new WalPlace(Crc32C.Start, ignored: true);

        Span<byte> id = stackalloc byte[16];
        WalIds.Write(walId, id);
        return new WalPlace(Crc32C.Add(Crc32C.Add(Crc32C.Start, id), (ulong)file), ignored: false);
    }

    /// <summary>CRC state that a record at the offset starts from.</summary>
    public uint At(uint offset) => _ignored ? _state : Crc32C.Add(_state, offset);
}

/// <summary>Ids as 16 bytes in the order in which they are spelled (RFC 9562).</summary>
internal static class WalIds
{
    /// <summary>Writes 16 bytes.</summary>
    public static void Write(Guid id, Span<byte> destination) => id.TryWriteBytes(destination, bigEndian: true, out _);

    /// <summary>Reads 16 bytes.</summary>
    public static Guid Read(ReadOnlySpan<byte> source) => new(source[..16], bigEndian: true);
}
