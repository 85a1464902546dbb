using System.Buffers.Binary;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Blobs;

/// <summary>The file that makes a directory a store (docs/FORMAT.md §16).</summary>
internal static class BlobStoreMark
{
    public const int Length = 64;
    public const int FormatVersion = 1;

    private const uint Magic = 0x53424C4F; // "OLBS"

    public static void WriteTo(Span<byte> destination)
    {
        destination = destination[..Length];
        destination.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], BlobFileNames.Shards);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Crc32C.Of(destination));
    }

    /// <summary>A directory without a mark must be empty but for what an interrupted making left, and what file systems put into their roots.</summary>
    public static void RefuseWhatIsNotOurs(IDisk disk)
    {
        if (disk.Exists(BlobFileNames.StoreMark))
            return;

        var strange = disk.List(string.Empty).Where(file => file[0] != '.' && BlobFileNames.WriterOfTemporary(file) is null)
            .Concat(disk.ListDirectories(string.Empty).Where(name =>
                name[0] != '.' && name is not (BlobFileNames.LockDirectory or BlobFileNames.WriterDirectory or "lost+found")))
            .FirstOrDefault();

        // Another process may have made the store, and put the first blobs into it, between the two looks.
        if (strange is not null && !disk.Exists(BlobFileNames.StoreMark))
        {
            throw new BlobStoreException(
                BlobStoreErrorKind.Refused,
                $"The directory has no mark of a blob store ('{BlobFileNames.StoreMark}') and holds '{strange}'. "
                + "Give a new store a directory of its own; if this was a store, bring its mark back from a copy.");
        }
    }

    /// <summary>Under the lock of opening.</summary>
    public static void VerifyOrMake(IDisk disk, BlobWriter writer)
    {
        if (!disk.Exists(BlobFileNames.StoreMark))
            Make(disk, writer.NextTemporary(string.Empty));

        Span<byte> found = stackalloc byte[Length];
        using var file = disk.Open(BlobFileNames.StoreMark, DiskAccess.Read);
        var read = file.ReadFully(0, found);
        if (read != Length || BinaryPrimitives.ReadUInt32LittleEndian(found) != Magic)
            throw new BlobStoreException(BlobStoreErrorKind.Damaged, $"The file '{BlobFileNames.StoreMark}' is not the mark of a blob store.");

        var version = BinaryPrimitives.ReadUInt16LittleEndian(found[4..]);
        if (version != FormatVersion)
            throw new BlobStoreException(BlobStoreErrorKind.Refused, $"The blob store has format version {version}; this version of the software knows {FormatVersion}.");

        Span<byte> ours = stackalloc byte[Length];
        WriteTo(ours);
        if (!found.SequenceEqual(ours))
            throw new BlobStoreException(BlobStoreErrorKind.Damaged, $"The file '{BlobFileNames.StoreMark}' does not verify.");
    }

    private static void Make(IDisk disk, string temporary)
    {
        Span<byte> bytes = stackalloc byte[Length];
        WriteTo(bytes);
        using (var file = disk.Create(temporary))
        {
            file.Write(0, bytes);
            file.Flush();
        }

        disk.Rename(temporary, BlobFileNames.StoreMark);
        disk.FlushDirectory(string.Empty);
    }
}
