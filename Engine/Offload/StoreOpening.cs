using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>Finds out whose store this is, and makes a new one where there is none.</summary>
internal sealed class StoreOpening(IBlobStore blobs, TimeProvider time, Func<Guid>? newId, Action<OffloadStage>? probe)
{
    /// <summary>
    /// Before a new data directory is formatted: throws <see cref="StoreRefusedException"/> if the store has streams, because then this is not a new node but one that has lost its directory, and
    /// names would be given away a second time.
    /// </summary>
    public async Task RequireWithoutStreamsAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } store)
            return;

        foreach (var page in await store.ReadPagesAsync(cancellationToken))
        {
            if (page.Page.Entries is [var root, ..])
            {
                throw new StoreRefusedException(
                    StoreProblem.NeedsRestore,
                    $"The data directory is empty, and the store has streams of node {root.Owner.Node}, such as {root.Name}. If that node's directory is lost for good, restore it (olog restore, or a start "
                    + "with --restore): what was not offloaded is then reported as lost. If it is only elsewhere, bring it back.");
            }
        }
    }

    /// <summary>
    /// The store, or null if there is none yet. Throws <see cref="StoreFormatException"/> if the header is missing and nodes have written to it.
    /// </summary>
    public async Task<StoreAccess?> FindAsync(CancellationToken cancellationToken)
    {
        probe?.Invoke(OffloadStage.ReadHeader);
        return await StoreAccess.Twice(async () =>
        {
            if (await ReadHeaderAsync(cancellationToken) is { } store)
                return store;

            // The header comes before the first node: if it is not there after a node was seen, it was taken away.
            return await HasNodesAsync(cancellationToken)
                ? await ReadHeaderAsync(cancellationToken)
                    ?? throw new StoreFormatException(
                        StoreFault.Truncated,
                        $"The header of the store, blob '{StoreHeader.Name}', is missing, and nodes have written to the store.")
                : null;
        });
    }

    /// <summary>
    /// The store; made if there is none. The first page decides about the identity: of several nodes that make it at once one writes that page, and all go on with its. The header comes
    /// last, so that a store which has one is whole.
    /// </summary>
    public async Task<StoreAccess> FindOrFormatAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is { } known)
            return known;

        var id = newId?.Invoke() ?? Guid.NewGuid();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var number = 0; number < RootPage.Count; number++)
        {
            probe?.Invoke(OffloadStage.FormatPage);
            if (!await TryPutAsync(RootPage.NameOf(number), RootPage.Empty(id, number, now).ToBytes(), cancellationToken) && number == 0)
                id = await FirstPageAsync(cancellationToken);
        }

        probe?.Invoke(OffloadStage.FormatHeader);
        await TryPutAsync(StoreHeader.Name, new StoreHeader(id, now).ToBytes(), cancellationToken);
        return await FindAsync(cancellationToken) ?? throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "The header of the store was written and is not there.");
    }

    /// <summary>
    /// The binding of a data directory, or null if it is bound to no store. Throws <see cref="StoreRefusedException"/> if the file cannot be read.
    /// </summary>
    public static StoreBinding? ReadBinding(IDisk disk)
    {
        if (!disk.Exists(StoreBinding.FileName))
            return null;

        var bytes = new byte[StoreBinding.Length + 1];
        using var file = disk.Open(StoreBinding.FileName, DiskAccess.Read);
        try
        {
            return StoreBinding.Read(bytes.AsSpan(0, file.Read(0, bytes)));
        }
        catch (StoreFormatException error)
        {
            throw new StoreRefusedException(
                error.Fault == StoreFault.UnsupportedVersion ? StoreProblem.NewerVersion : StoreProblem.Damaged,
                $"The file '{StoreBinding.FileName}' of the data directory, which names its blob store, cannot be read: {error.Message} "
                + "Bring it back from a copy of the directory.",
                error);
        }
    }

    /// <summary>
    /// The reason why a recovered directory cannot do without its store, or null if it can. A lost binding is noticed by the streams: the
    /// checkpoint says how far they were offloaded, and nothing leaves the log before a checkpoint says so.
    /// </summary>
    public static StoreRefusedException? ProblemOf(IDisk disk, StreamCatalog catalog)
    {
        if (disk.Exists(StoreBinding.FileName) || catalog.Streams.FirstOrDefault(IsOffloaded) is not { } stream)
            return null;

        return new StoreRefusedException(
            StoreProblem.OtherStore,
            $"Streams of the data directory have records in a blob store, such as {stream.Name} up to record "
            + $"{stream.Pipeline.Status.Offloaded}. No store is configured, and the file '{StoreBinding.FileName}' that names it is missing. "
            + "Configure the store that has them.");

        static bool IsOffloaded(LogNodeStream stream) => stream.Pipeline.Status is var status && status.Offloaded > status.Head;
    }

    /// <summary>Binds a data directory; durable when it returns.</summary>
    public static void Bind(IDisk disk, in StoreBinding binding)
    {
        const string Temporary = StoreBinding.FileName + ".tmp";
        using (var file = disk.Create(Temporary))
        {
            file.Write(0, binding.ToBytes());
            file.Flush();
        }

        disk.Rename(Temporary, StoreBinding.FileName);
        disk.FlushDirectory(string.Empty);
    }

    /// <summary>Why a node does not work with a store of which something that counts cannot be read.</summary>
    public static StoreRefusedException Unreadable(StoreFormatException error) => new(
        error.Fault == StoreFault.UnsupportedVersion ? StoreProblem.NewerVersion : StoreProblem.Damaged,
        $"What counts in the store cannot be read: {error.Message} Nothing was changed. 'olog doctor' says what is affected; "
        + "bring the blob back from a copy of the store.",
        error);

    /// <summary>
    /// True if nothing was ever formatted in this directory; <see cref="WalDirectory.RequireSlotsOrEmpty"/> refuses the remains of a node.
    /// </summary>
    public static bool IsNew(IDisk disk) => !ControlFile.SlotNames.Any(disk.Exists);

    private async Task<StoreAccess?> ReadHeaderAsync(CancellationToken cancellationToken) =>
        await StoreAccess.FindAsync(blobs, StoreHeader.Name, StoreHeader.Length, cancellationToken) is { } found
            ? new StoreAccess(blobs, StoreHeader.Read(found.Content).Store, time)
            : null;

    private async Task<bool> HasNodesAsync(CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var page = await blobs.ListAsync("nodes/", continuation, limit: 1, cancellationToken);
            if (page.Blobs.Count > 0)
                return true;

            continuation = page.Continuation;
        }
        while (continuation is not null);

        return false;
    }

    private async Task<bool> TryPutAsync(BlobName name, byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            await blobs.PutIfAbsentAsync(name, new ReadOnlySequence<byte>(content), cancellationToken);
            return true;
        }
        catch (BlobStoreException error) when (error.Kind == BlobStoreErrorKind.Exists)
        {
            return false;
        }
    }

    private Task<Guid> FirstPageAsync(CancellationToken cancellationToken) => StoreAccess.Twice(async () =>
    {
        var (content, _) = await StoreAccess.FindAsync(blobs, RootPage.NameOf(0), RootPage.MaxLength, cancellationToken)
            ?? throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "The first page of a store was there and is gone.");
        return RootPage.StoreOf(content);
    });
}
