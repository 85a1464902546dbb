using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Verifies a segment or pack from its first byte to its last: header, end, and the digest of everything. Readers of single parts use neither
/// header nor digest, so only an inspection notices damage there.
/// </summary>
internal static class WholeBlob
{
    private const int Piece = 1024 * 1024;

    /// <summary>
    /// Reads the blob, and once more if it does not verify: bytes may be damaged on their way. Returns its length, and its problem or null.
    /// Throws <see cref="BlobStoreException"/> only if the store fails; a blob that is missing is a problem like any other.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="isPack">Whether it is a pack of snapshots, or a segment.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<(long Length, string? Problem)> VerifyAsync(
        StoreAccess store, BlobId blob, bool isPack, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(store, blob, isPack, cancellationToken);
        return found.Problem is null ? found : await ReadAsync(store, blob, isPack, cancellationToken);
    }

    private static async Task<(long Length, string? Problem)> ReadAsync(
        StoreAccess store, BlobId blob, bool isPack, CancellationToken cancellationToken)
    {
        var name = isPack ? blob.Pack : blob.Segment;
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            if (await store.Blobs.HeadAsync(name, cancellationToken) is not { } info)
                return (0, "It is named and missing.");

            if (info.Length is < StoreFormat.HeaderLength + BlobEnd.Size or > StoreFormat.MaxBlobLength)
                return (info.Length, $"It has {info.Length} bytes, which none has.");

            using var digest = new SegmentDigest(info.Length, []);
            var header = new byte[StoreFormat.HeaderLength];
            for (long offset = 0; offset < info.Length;)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(Piece, info.Length - offset));
                var read = await store.Blobs.ReadAsync(name, offset, piece, cancellationToken);
                if (read.Count == 0)
                    break;

                digest.Append(buffer.AsSpan(0, read.Count));
                if (offset == 0)
                    buffer.AsSpan(0, header.Length).CopyTo(header);

                offset += read.Count;
            }

            var end = new byte[BlobEnd.Size];
            await store.Blobs.ReadAsync(name, info.Length - end.Length, end, cancellationToken);
            RequireCoherent(header, end, new BlobPlace(store.Id, blob), info.Length, isPack);
            return (info.Length, digest.Complete() ? null : $"Its {info.Length} bytes do not agree with the digest that they end with.");
        }
        catch (StoreFormatException error)
        {
            return (0, error.Message);
        }
        catch (BlobStoreException error) when (error.Kind == BlobStoreErrorKind.NotFound)
        {
            return (0, "It is named and missing.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void RequireCoherent(byte[] header, byte[] end, in BlobPlace place, long length, bool isPack)
    {
        var first = isPack ? BlobHeader.ReadPack(header) : BlobHeader.ReadSegment(header);
        StoreFormat.RequireSame(first.Place, place, "place");
        var last = BlobEnd.Read(end, place, length);
        if (last.Count != first.Count)
            throw StoreFormat.Incoherent($"Its header says that it has {first.Count} parts, and its end {last.Count}.");
    }
}
