using System.Buffers.Binary;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>What all structures of a blob store have in common (docs/FORMAT.md §10): they begin with magic, version and a checksum.</summary>
internal static class StoreFormat
{
    /// <summary>Bytes of the header of a segment, a pack and a root page, of the store's own, and of a binding.</summary>
    public const int HeaderLength = 64;

    /// <summary>Longest segment or pack: every offset, and what is added to it, fits into an int.</summary>
    public const int MaxBlobLength = 1024 * 1024 * 1024;

    private const int ChecksumAt = 8;

    /// <summary>Fills in magic, version and, over everything else, the checksum.</summary>
    public static void Seal(Span<byte> structure, uint magic, int version)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(structure, magic);
        BinaryPrimitives.WriteUInt16LittleEndian(structure[4..], (ushort)version);
        BinaryPrimitives.WriteUInt32LittleEndian(structure[ChecksumAt..], Checksum(structure));
    }

    /// <summary>Throws unless the structure is whole and of this version.</summary>
    public static void Open(ReadOnlySpan<byte> structure, uint magic, int version, string what)
    {
        Begin(structure, magic, version, what);
        if (BinaryPrimitives.ReadUInt32LittleEndian(structure[ChecksumAt..]) != Checksum(structure))
            throw new StoreFormatException(StoreFault.ChecksumMismatch, $"The checksum of {what} does not hold.");
    }

    /// <summary>Throws unless it begins as it must. The version comes before the checksum: another version may have put the checksum elsewhere.</summary>
    public static void Begin(ReadOnlySpan<byte> structure, uint magic, int version, string what)
    {
        if (structure.Length < HeaderLength)
            throw new StoreFormatException(StoreFault.Truncated, $"Of {what} there are {structure.Length} bytes.");

        if (BinaryPrimitives.ReadUInt32LittleEndian(structure) != magic)
            throw new StoreFormatException(StoreFault.ChecksumMismatch, $"The bytes do not begin like {what}.");

        var found = BinaryPrimitives.ReadUInt16LittleEndian(structure[4..]);
        if (found != version)
            throw new StoreFormatException(StoreFault.UnsupportedVersion, $"There is {what} of version {found}; this version of the software knows {version}.");
    }

    /// <summary>Throws unless exactly so many bytes are there.</summary>
    public static void RequireLength(long found, long wanted, string what)
    {
        if (found != wanted)
            throw new StoreFormatException(StoreFault.Truncated, $"Of {what} there are {found} bytes, and it has {wanted}.");
    }

    /// <summary>Throws unless the two are the same.</summary>
    public static void RequireSame<T>(T found, T wanted, string what)
        where T : struct, IEquatable<T>
    {
        if (!found.Equals(wanted))
            throw new StoreFormatException(StoreFault.Foreign, $"It is of {what} {found} and not of {wanted}.");
    }

    /// <summary>Reads fields whose checksum holds; what cannot be read makes no sense.</summary>
    public static StoreFormatException Incoherent(string what, Exception? cause = null) =>
        new(StoreFault.Incoherent, cause is null ? what : $"{what}: {cause.Message}", cause);

    private static uint Checksum(ReadOnlySpan<byte> structure) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Add(Crc32C.Start, structure[..ChecksumAt]), 0u), structure[(ChecksumAt + sizeof(uint))..]));
}
