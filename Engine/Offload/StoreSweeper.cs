using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Deletes what no root names: left by failures, by trims and deletions, and by a node that this one replaced. Only blobs of this node below every attempt under way, and of the nodes that
/// it replaced; and nothing at all unless every page, snapshot and section of the store could be read. One run at a time.
/// </summary>
internal sealed class StoreSweeper(StoreAccess store, RootPages roots, Attempts attempts, ReplicaId self, OffloadSabotage sabotage, Action<OffloadStage>? probe)
{
    /// <summary>Makes one run. Throws <see cref="BlobStoreException"/>, <see cref="StoreFormatException"/> or <see cref="StoreRefusedException"/>; what was deleted by then was named by nothing.</summary>
    public async Task<SweepReport> RunAsync(CancellationToken cancellationToken)
    {
        // In this order: an attempt that ends behind the floor is named by a page that is read behind it, or can no longer be.
        var floor = sabotage.Has(OffloadSabotage.SweepAttemptsUnderWay) ? long.MaxValue : attempts.Floor;
        var pages = await roots.SettleAsync(cancellationToken);
        probe?.Invoke(OffloadStage.SweepMark);
        var named = new NamedBlobs(store);
        foreach (var root in pages.SelectMany(static page => page.Entries))
        {
            try
            {
                await named.AddAsync(root, cancellationToken);
            }
            catch (Exception error) when (sabotage.Has(OffloadSabotage.SweepBlindly) && error is StoreFormatException or BlobStoreException)
            {
                // The planted defect.
            }
        }

        var report = default(SweepReport);
        foreach (var node in await NodesAsync(cancellationToken))
        {
            var below = node == self.Node ? floor : long.MaxValue;
            report += await SweepAsync(BlobId.SegmentsOf(node), named.Segments, below, cancellationToken);
            report += await SweepAsync(BlobId.PacksOf(node), named.Packs, below, cancellationToken);
        }

        return report;
    }

    private async Task<SweepReport> SweepAsync(string prefix, IReadOnlySet<BlobId> named, long below, CancellationToken cancellationToken)
    {
        var report = default(SweepReport);
        foreach (var blob in await store.ListAsync(prefix, cancellationToken))
        {
            // What does not have a name of ours was not put there by us.
            if (!BlobId.TryParse(blob.Name.Value, out var id) || id.Attempt >= below || named.Contains(id))
                continue;

            probe?.Invoke(OffloadStage.SweepDelete);
            await store.Blobs.DeleteAsync(blob.Name, cancellationToken);
            report += new SweepReport(1, blob.Length);
        }

        return report;
    }

    /// <summary>This node, and those whose streams it took over, one after the other.</summary>
    private async Task<List<Guid>> NodesAsync(CancellationToken cancellationToken)
    {
        var nodes = new List<Guid>();
        for (Guid? node = self.Node; node is { } known && !nodes.Contains(known);)
        {
            var record = (await store.FindNodeAsync(known, cancellationToken))?.Record;
            if (known != self.Node && record is not { State: NodeState.Retired })
                break;

            nodes.Add(known);
            node = record?.Replaces;
        }

        return nodes;
    }
}

/// <summary>What a sweep did.</summary>
/// <param name="Blobs">Blobs deleted.</param>
/// <param name="Bytes">Their bytes.</param>
internal readonly record struct SweepReport(int Blobs, long Bytes)
{
    public static SweepReport operator +(SweepReport left, SweepReport right) => new(left.Blobs + right.Blobs, left.Bytes + right.Bytes);
}
