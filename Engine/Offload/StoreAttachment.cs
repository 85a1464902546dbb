using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Takes the store into use: whose it is, whether this node may write to it, and whether the two agree about what is where. Nothing is offloaded before. May be begun anew after any failure.
/// </summary>
/// <param name="disk">The data directory, recovered.</param>
/// <param name="self">The node.</param>
/// <param name="catalog">Its streams.</param>
/// <param name="wal">Its log.</param>
/// <param name="recovered">Where its WAL ended when it was recovered: what an earlier process published was captured below.</param>
/// <param name="opening">Opens the store.</param>
/// <param name="shared">Other nodes at work have streams in the store.</param>
/// <param name="probe">Called before each step.</param>
internal sealed class StoreAttachment(
    IDisk disk, ReplicaId self, StreamCatalog catalog, WriteAheadLog wal, WalPosition recovered, StoreOpening opening, bool shared, Action<OffloadStage>? probe)
{
    private const int Tries = 8;

    /// <summary>
    /// Attaches. Throws <see cref="StoreRefusedException"/> if the node must not work with this store, <see cref="BlobStoreException"/> if the store fails.
    /// </summary>
    public async Task<AttachedStore> AttachAsync(CancellationToken cancellationToken)
    {
        try
        {
            var binding = StoreOpening.ReadBinding(disk);
            var store = await OpenAsync(binding, cancellationToken);
            var attachment = await RecordAsync(store, binding, cancellationToken);
            var (pages, forgotten) = await ReadRootsAsync(store, binding is not null, cancellationToken);
            if (binding is null)
            {
                probe?.Invoke(OffloadStage.Bind);
                StoreOpening.Bind(disk, new StoreBinding(store.Id, self));
            }

            return new AttachedStore(store, new Attempts(attachment), pages, forgotten);
        }
        catch (StoreFormatException error)
        {
            throw StoreOpening.Unreadable(error);
        }
    }

    private async Task<StoreAccess> OpenAsync(StoreBinding? binding, CancellationToken cancellationToken)
    {
        if (binding is not { } bound)
            return await opening.FindOrFormatAsync(cancellationToken);

        if (bound.Replica != self)
            throw new StoreRefusedException(StoreProblem.OtherStore, $"The file '{StoreBinding.FileName}' of the data directory belongs to node {bound.Replica.Node}, and the log to node {self.Node}.");

        var store = await opening.FindAsync(cancellationToken)
            ?? throw new StoreRefusedException(StoreProblem.StoreIsOld, $"The data directory is bound to store {bound.Store}, and there is none at the place that is configured. Is it the right one?");
        return store.Id == bound.Store
            ? store
            : throw new StoreRefusedException(StoreProblem.OtherStore, $"The data directory is bound to store {bound.Store}, and this is store {store.Id}. Configure the right one.");
    }

    /// <summary>Writes the node's record anew; its incarnation is the number of this attachment, given to one process only.</summary>
    private async Task<long> RecordAsync(StoreAccess store, StoreBinding? binding, CancellationToken cancellationToken)
    {
        for (var left = Tries; ; left--)
        {
            var known = await store.FindNodeAsync(self.Node, cancellationToken);
            Require(known?.Record, binding);
            var next = (known?.Record ?? new NodeRecord { Store = store.Id, Replica = self, Sequence = 0, Incarnation = 0 }) with { WrittenAt = store.Now };
            next = next with { Sequence = next.Sequence + 1, Incarnation = next.Incarnation + 1 };
            probe?.Invoke(OffloadStage.RecordNode);
            try
            {
                await store.WriteNodeAsync(next, known?.Version, cancellationToken);
                return next.Incarnation;
            }
            catch (BlobStoreException error) when (left > 0 && (error.OutcomeUnknown || error.Kind is BlobStoreErrorKind.ConditionFailed or BlobStoreErrorKind.Exists))
            {
                // Ours or another's: the number is taken, so the next one is tried.
            }
        }
    }

    private void Require(NodeRecord? record, StoreBinding? binding)
    {
        if (record is null)
        {
            if (binding is not null)
                throw new StoreRefusedException(StoreProblem.StoreIsOld, $"The store does not know node {self.Node}, which has written to it: it was set back to an earlier state.");

            return;
        }

        if (record.State == NodeState.Retired)
        {
            throw new StoreRefusedException(
                StoreProblem.Retired, $"Node {self.Node} was replaced by node {record.ReplacedBy}, which was restored from the store and goes on with its streams. This directory must not be started again.");
        }

        if (record.Replica != self)
            throw new StoreRefusedException(StoreProblem.DirectoryIsOld, $"The store knows node {self.Node} with WAL {record.Replica.Wal}, and this is WAL {self.Wal}.");

        if (record.Replaces is not null && binding is null)
            throw new StoreRefusedException(StoreProblem.RestoreUnfinished, $"The restore of node {record.Replaces} into this directory was not finished. Run it again.");
    }

    private async Task<(IReadOnlyList<PageInStore> Pages, List<StreamId> Forgotten)> ReadRootsAsync(StoreAccess store, bool bound, CancellationToken cancellationToken)
    {
        probe?.Invoke(OffloadStage.ReadRoots);
        var streams = catalog.Streams.ToDictionary(static stream => stream.Id);

        // A stream that is missing here was deleted, perhaps only just now: not before that is durable may its root go.
        await wal.WhenDurableAsync(wal.End);
        var pages = await store.ReadPagesAsync(cancellationToken);
        var forgotten = new List<StreamId>();
        foreach (var page in pages)
        {
            if (page.Page.IsRetired(self.Node))
                throw new StoreRefusedException(StoreProblem.Retired, $"Node {self.Node} was replaced: root page {page.Page.Number} takes nothing of it any more.");

            foreach (var root in page.Page.Entries)
            {
                if (streams.Remove(root.Id, out var stream))
                    Agree(root, stream);
                else if (root.Owner == self)
                    forgotten.Add(RequireDeleted(root, bound));
                else if (!bound && !shared)
                    throw InUse(root);
            }
        }

        foreach (var stream in streams.Values)
            RequireNothingOffloaded(stream);

        return (pages, catalog.Damage is null ? forgotten : []);
    }

    private void Agree(RootEntry root, LogNodeStream stream)
    {
        if (root.Owner != self)
            throw new StoreRefusedException(StoreProblem.Retired, $"Stream {root.Name} belongs to node {root.Owner.Node} now.");

        var (pipeline, status) = (stream.Pipeline, stream.Pipeline.Status);
        var tenure = pipeline.Replica.Tenure;
        if (root.Offloaded > status.Tail || root.LastEntry > pipeline.Replica.AcceptedEntry || root.Term > tenure.Term || root.Generation > tenure.Generation)
        {
            throw Old($"the store has stream {root.Name} up to record {root.Offloaded} in term {root.Term}, and the log knows it up to {status.Tail} in term {tenure.Term}");
        }

        if (root.Offloaded < status.Offloaded && status.Offloaded > status.Head)
        {
            throw new StoreRefusedException(
                StoreProblem.StoreIsOld,
                $"Stream {root.Name} was offloaded up to record {status.Offloaded}, and the store knows it up to {root.Offloaded}: the store was set back to an earlier state. Bring the later one back.");
        }

        // If the node has been at work since its recovery, only the cut's place tells that it was its own earlier self that published it.
        if (root.AsOf > recovered)
            throw Old($"stream {root.Name} was captured at {root.AsOf} of the log, which ended at {recovered} when it was recovered");

        // Published, and the checkpoint that says so was perhaps not made any more.
        pipeline.MarkOffloaded(root.Offloaded, root.AsOf, status.LastTimestamp ?? 0);
    }

    /// <summary>A root of ours whose stream the catalog does not know: deleted, if the catalog was complete behind its cut; anything else would be a loss.</summary>
    private StreamId RequireDeleted(RootEntry root, bool bound)
    {
        if (!bound || root.AsOf > recovered)
            throw Old($"the store has stream {root.Name}, which the log does not know");

        return root.Id;
    }

    private static void RequireNothingOffloaded(LogNodeStream stream)
    {
        var status = stream.Pipeline.Status;
        if (status.Offloaded > status.Head)
        {
            throw new StoreRefusedException(
                StoreProblem.StoreIsOld,
                $"Stream {stream.Name} was offloaded up to record {status.Offloaded}, and the store does not know it: the store was set back to an earlier state. Bring the later one back.");
        }

        stream.Pipeline.MarkChanged();
    }

    private static StoreRefusedException InUse(RootEntry root) => new(
        StoreProblem.NeedsRestore,
        $"The data directory was never bound to a store, and this one has streams of node {root.Owner.Node}, such as {root.Name}. If that node is lost, restore it into an empty directory; if not, it needs a store of its own.");

    private StoreRefusedException Old(string why) => new(
        StoreProblem.DirectoryIsOld,
        $"The data directory is an old copy of node {self.Node}, or the end of its log is lost: {why}. Bring the newer directory back, or restore the node from the store into an empty one.");
}

/// <summary>A store that is attached.</summary>
/// <param name="Store">It.</param>
/// <param name="Attempts">The numbers for blobs of this process.</param>
/// <param name="Pages">The root pages as they were read.</param>
/// <param name="Forgotten">Streams that were deleted and still have a root.</param>
internal sealed record AttachedStore(StoreAccess Store, Attempts Attempts, IReadOnlyList<PageInStore> Pages, IReadOnlyList<StreamId> Forgotten);
