using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// What the store holds, read and verified, and written by compare-and-swap. Throws <see cref="BlobStoreException"/> if the store fails, and <see cref="StoreFormatException"/> if
/// what it gives does not verify, also at a second reading: bytes may be damaged on their way. Safe for use by any number of threads.
/// </summary>
internal sealed class StoreAccess(IBlobStore blobs, Guid storeId, TimeProvider time)
{
    // Of something that is stored otherwise than it was sent; so many times in a row the store cannot be used.
    private const int Tries = 8;

    /// <summary>The blobs.</summary>
    public IBlobStore Blobs { get; } = blobs;

    /// <summary>Identity of the store.</summary>
    public Guid Id { get; } = storeId;

    /// <summary>The present time, in milliseconds since 1970 UTC.</summary>
    public long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A whole blob of a bounded length with its version, or null if there is none.</summary>
    public static async Task<(byte[] Content, BlobVersion Version)?> FindAsync(IBlobStore blobs, BlobName name, int most, CancellationToken cancellationToken)
    {
        while (await blobs.HeadAsync(name, cancellationToken) is { } info)
        {
            if (info.Length > most)
                throw new StoreFormatException(StoreFault.Incoherent, $"Blob '{name}' has {info.Length} bytes; at most {most} are possible.");

            var content = new byte[info.Length];
            var read = await blobs.ReadAsync(name, 0, content, cancellationToken);
            if (read.Version == info.Version && read.Count == content.Length && read.Length == content.Length)
                return (content, read.Version);
        }

        return null;
    }

    /// <summary>What a reading gives; if that does not verify, what a second one gives: bytes may be damaged on their way.</summary>
    public static async Task<T> Twice<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (StoreFormatException)
        {
            return await read();
        }
    }

    /// <summary>A root page. One that is missing is damage.</summary>
    public Task<PageInStore> ReadPageAsync(int number, CancellationToken cancellationToken) => Twice(async () =>
    {
        var (content, version) = await FindAsync(Blobs, RootPage.NameOf(number), RootPage.MaxLength, cancellationToken)
            ?? throw new StoreFormatException(StoreFault.Truncated, $"Root page {number} is missing.");
        return new PageInStore(RootPage.Read(content, Id, number), version);
    });

    /// <summary>All root pages, in their order.</summary>
    public async Task<PageInStore[]> ReadPagesAsync(CancellationToken cancellationToken)
    {
        // A start waits for this, and 64 calls one after the other to a store that is far away are seconds.
        const int AtOnce = 16;
        var pages = new PageInStore[RootPage.Count];
        for (var first = 0; first < pages.Length; first += AtOnce)
        {
            var some = Enumerable.Range(first, AtOnce).Select(number => ReadPageAsync(number, cancellationToken));
            (await Task.WhenAll(some)).CopyTo(pages, first);
        }

        return pages;
    }

    /// <summary>Replaces a root page.</summary>
    public async Task<PageInStore> ReplacePageAsync(RootPage page, BlobVersion expected, CancellationToken cancellationToken)
    {
        var content = new ReadOnlySequence<byte>(page.ToBytes());
        return new PageInStore(page, await Blobs.ReplaceIfMatchAsync(RootPage.NameOf(page.Number), content, expected, cancellationToken));
    }

    /// <summary>Does the store hold the page as it was sent? Also if somebody has replaced it since, who must have read it whole.</summary>
    public Task<bool> HoldsAsync(PageInStore written, CancellationToken cancellationToken) =>
        HoldsAsync(RootPage.NameOf(written.Page.Number), written.Page.ToBytes(), RootPage.MaxLength, written.Version, cancellationToken);

    /// <summary>The record of a node, or null.</summary>
    public Task<(NodeRecord Record, BlobVersion Version)?> FindNodeAsync(Guid node, CancellationToken cancellationToken) => Twice(async () =>
        await FindAsync(Blobs, BlobId.NodeRecord(node), NodeRecord.Length, cancellationToken) is { } found
            ? (NodeRecord.Read(found.Content, Id, node), found.Version)
            : ((NodeRecord, BlobVersion)?)null);

    /// <summary>Writes the record of a node, without an expected version as its first one, and again if it is stored otherwise than it was sent: until it is whole.</summary>
    public async Task WriteNodeAsync(NodeRecord record, BlobVersion? expected, CancellationToken cancellationToken)
    {
        var bytes = record.ToBytes();
        var content = new ReadOnlySequence<byte>(bytes);
        var version = expected is { } known
            ? await Blobs.ReplaceIfMatchAsync(record.Name, content, known, cancellationToken)
            : await Blobs.PutIfAbsentAsync(record.Name, content, cancellationToken);
        for (var left = Tries; !await HoldsAsync(record.Name, bytes, NodeRecord.Length, version, cancellationToken); left--)
        {
            if (left == 0)
                throw StoredOtherwise(record.Name);

            version = await Blobs.ReplaceIfMatchAsync(record.Name, content, version, cancellationToken);
        }
    }

    /// <summary>What a blob that was sent is not, again and again.</summary>
    public static BlobStoreException StoredOtherwise(BlobName name) => new(BlobStoreErrorKind.Damaged, $"Blob '{name}' was stored otherwise than it was sent, again and again.");

    /// <summary>The snapshot that a root names.</summary>
    public Task<Snapshot> ReadSnapshotAsync(RootEntry root, CancellationToken cancellationToken) => Twice(async () =>
        PackItem.ReadSnapshot(await ReadItemAsync(root.Snapshot, cancellationToken), Id, root.Snapshot, root.Id));

    /// <summary>An index section of a stream.</summary>
    public Task<SegmentSection> ReadSectionAsync(SectionRef section, StreamId stream, CancellationToken cancellationToken) => Twice(async () =>
        PackItem.ReadSection(await ReadItemAsync(section.Item, cancellationToken), Id, section, stream));

    /// <summary>When a pack was written, in milliseconds since 1970 UTC.</summary>
    public Task<long> WrittenAtAsync(BlobId pack, CancellationToken cancellationToken) => Twice(async () =>
    {
        var bytes = new byte[StoreFormat.HeaderLength];
        var read = await Blobs.ReadAsync(pack.Pack, 0, bytes, cancellationToken);
        return BlobHeader.ReadPack(bytes.AsSpan(0, read.Count)).WrittenAt;
    });

    /// <summary>When a segment was written, in milliseconds since 1970 UTC: after all of its records had come.</summary>
    public Task<long> SegmentWrittenAtAsync(BlobId segment, CancellationToken cancellationToken) => Twice(async () =>
    {
        var bytes = new byte[StoreFormat.HeaderLength];
        try
        {
            var read = await Blobs.ReadAsync(segment.Segment, 0, bytes, cancellationToken);
            var header = BlobHeader.ReadSegment(bytes.AsSpan(0, read.Count));
            return header.Place == new BlobPlace(Id, segment)
                ? header.WrittenAt
                : throw StoreFormat.Incoherent($"Segment {segment} says that it is {header.Place.Blob}.");
        }
        catch (BlobStoreException error) when (error.Kind == BlobStoreErrorKind.NotFound)
        {
            throw new StoreFormatException(StoreFault.Truncated, $"Segment {segment}, which a snapshot names, is missing.", error);
        }
    });

    /// <summary>All names with a prefix.</summary>
    public async Task<List<BlobListing>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var all = new List<BlobListing>();
        string? continuation = null;
        do
        {
            var page = await Blobs.ListAsync(prefix, continuation, BlobPage.MaxLimit, cancellationToken);
            all.AddRange(page.Blobs);
            continuation = page.Continuation;
        }
        while (continuation is not null);

        return all;
    }

    private async Task<bool> HoldsAsync(BlobName name, byte[] content, int most, BlobVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(Blobs, name, most, cancellationToken) is { } found && (found.Version != version || found.Content.AsSpan().SequenceEqual(content));
        }
        catch (StoreFormatException)
        {
            // Longer than any may be.
            return false;
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadItemAsync(PackRef item, CancellationToken cancellationToken)
    {
        var bytes = new byte[item.Length];
        try
        {
            var read = await Blobs.ReadAsync(item.Blob.Pack, item.Offset, bytes, cancellationToken);
            return bytes.AsMemory(0, read.Count);
        }
        catch (BlobStoreException error) when (error.Kind == BlobStoreErrorKind.NotFound)
        {
            throw new StoreFormatException(StoreFault.Truncated, $"Pack {item.Blob}, which is named by a root, is missing.", error);
        }
    }
}

/// <summary>A root page, and which content of its blob it is.</summary>
internal sealed record PageInStore(RootPage Page, BlobVersion Version);
