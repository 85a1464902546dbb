using System.Buffers.Binary;
using System.Globalization;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>Header of a checkpoint file (docs/FORMAT.md §7).</summary>
/// <param name="WalId">The WAL that it belongs to.</param>
/// <param name="Sequence">1, 2, 3 …</param>
/// <param name="Position">No part has a lower as-of: what the WAL holds below is contained.</param>
/// <param name="WrittenAt">Milliseconds since 1970 UTC, as the wall clock said.</param>
/// <param name="KnownTime">The time that <see cref="LogClock"/> believed, which the next start goes on from; 0 in files of earlier versions.</param>
internal readonly record struct CheckpointHeader(Guid WalId, long Sequence, WalPosition Position, long WrittenAt, long KnownTime);

/// <summary>Kind of a record in a checkpoint. Persisted: never renumber.</summary>
internal enum CheckpointKind : byte
{
    /// <summary>A stream.</summary>
    Stream = 1,

    /// <summary>Items of its term history.</summary>
    Terms = 2,

    /// <summary>Items of its producer table.</summary>
    Producers = 3,

    /// <summary>Its faulty ranges.</summary>
    Faulty = 4,

    /// <summary>The newest segments of the stream; in a snapshot only.</summary>
    Segments = 5,

    /// <summary>Its lost ranges.</summary>
    Lost = 6,

    /// <summary>The end.</summary>
    Trailer = 255,
}

/// <summary>Numbers and the header of the checkpoint format.</summary>
internal static class CheckpointFormat
{
    public const string Directory = "checkpoint";
    public const int Version = 2;
    public const int FirstVersion = 1;
    public const int HeaderLength = 64;
    public const int RecordHeaderLength = 16;
    public const int StreamFixedLength = 144;
    public const int MaxRecordLength = 1024 * 1024;
    public const int TrailerLength = RecordHeaderLength + 24;
    public const int DigestLength = 32;
    public const int MaxResults = 64;
    public const int TermLength = 20;
    public const int RangeLength = 16;

    private const uint Magic = 0x50434C4F; // "OLCP"

    public static string FileName(long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{Directory}/{sequence:d16}.ckpt");

    public static string TemporaryName(long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{Directory}/{sequence:d16}.tmp");

    /// <summary>Sequence of a file in the directory, or null if it is not a finished checkpoint.</summary>
    public static long? SequenceOf(string fileName) =>
        fileName.EndsWith(".ckpt", StringComparison.Ordinal)
        && long.TryParse(fileName.AsSpan(0, fileName.Length - 5), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : null;

    public static void WriteHeader(in CheckpointHeader header, Span<byte> destination)
    {
        destination = destination[..HeaderLength];
        var writer = new SpanWriter(destination);
        writer.Int32((int)Magic);
        writer.UInt16(Version);
        writer.Zero(2 + 4 + 4);
        writer.Guid(header.WalId);
        writer.Int64(header.Sequence);
        writer.Int64(header.Position.Value);
        writer.Int64(header.WrittenAt);
        writer.Int64(header.KnownTime);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Crc32C.Of(destination));
    }

    public static CheckpointHeader ReadHeader(ReadOnlySpan<byte> source, out int version)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, "The file does not begin like a checkpoint.");

        // The version comes before the checksum: another version may have put the checksum elsewhere.
        version = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        if (version is < FirstVersion or > Version)
        {
            throw new CheckpointException(
                CheckpointFault.UnsupportedVersion, $"The checkpoint has version {version}; this version of the software knows {FirstVersion} to {Version}.");
        }

        Span<byte> copy = stackalloc byte[HeaderLength];
        source.CopyTo(copy);
        copy.Slice(8, 4).Clear();
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != Crc32C.Of(copy))
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, "The checksum of the checkpoint's header does not hold.");

        var reader = new SpanReader(source[16..]);
        return new CheckpointHeader(reader.Guid(), reader.Int64(), new WalPosition(reader.Int64()), reader.Int64(), reader.Int64());
    }

    /// <summary>Checksum of a record: all of it but the field that holds the checksum.</summary>
    public static uint RecordChecksum(ReadOnlySpan<byte> record) => Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, record[..4]), record[8..]));
}
