using System.Buffers.Binary;
using System.Globalization;

namespace Orleans.Log.Engine.Wal;

/// <summary>Header sector of a WAL file (docs/FORMAT.md §3).</summary>
/// <param name="FileSizeMiB">Size of the file.</param>
/// <param name="WalId">The WAL.</param>
/// <param name="Sequence">File sequence.</param>
internal readonly record struct WalFileHeader(int FileSizeMiB, Guid WalId, long Sequence)
{
    private const uint Magic = 0x46574C4F; // "OLWF"
    private const int ChecksumAt = 8;

    /// <summary>Writes one sector.</summary>
    public void WriteTo(Span<byte> sector)
    {
        var bytes = sector[..WalFormat.SectorBytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], WalFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], FileSizeMiB);
        WalIds.Write(WalId, bytes[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumAt..], Crc32C.Of(bytes));
    }

    /// <summary>Reads a sector whose checksum holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> sector, out WalFileHeader header, out int version)
    {
        header = default;
        version = 0;
        if (sector.Length < WalFormat.SectorBytes || BinaryPrimitives.ReadUInt32LittleEndian(sector) != Magic)
            return false;

        var state = Crc32C.Add(Crc32C.Add(Crc32C.Start, sector[..ChecksumAt]), 0u);
        if (Crc32C.Finish(Crc32C.Add(state, sector[(ChecksumAt + 4)..WalFormat.SectorBytes])) != BinaryPrimitives.ReadUInt32LittleEndian(sector[ChecksumAt..]))
            return false;

        version = BinaryPrimitives.ReadUInt16LittleEndian(sector[4..]);
        header = new WalFileHeader(
            BinaryPrimitives.ReadInt32LittleEndian(sector[12..]), WalIds.Read(sector[16..]), BinaryPrimitives.ReadInt64LittleEndian(sector[32..]));
        return true;
    }
}

/// <summary>Names of WAL files.</summary>
internal static class WalFileName
{
    /// <summary>The directory of WAL files.</summary>
    public const string Directory = "wal";

    /// <summary>Ending of a file that is being prepared.</summary>
    public const string Temporary = ".tmp";

    private const string Ending = ".wal";
    private const int Digits = 16;

    /// <summary>The name of a file.</summary>
    public static string Of(long sequence) => $"{Directory}/{sequence.ToString("d16", CultureInfo.InvariantCulture)}{Ending}";

    /// <summary>The name of a file while it is being prepared.</summary>
    public static string Preparing(long sequence) => Of(sequence) + Temporary;

    /// <summary>The sequence in a name without its directory.</summary>
    public static bool TryParse(string name, out long sequence)
    {
        sequence = 0;
        return name.Length == Digits + Ending.Length
            && name.EndsWith(Ending, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out sequence)
            && sequence > 0;
    }
}
