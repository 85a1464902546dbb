using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Takes the streams of a lost node over, in the store: the old node is retired and shut out of every page, so that what it has published stands still; roots of streams go that it had deleted; then each
/// page is replaced by one in which its streams belong to the new node and go on behind what may have been lost. Every step may be made again: what is there already is left as it is.
/// </summary>
internal sealed class NodeRestore(StoreAccess store, ReplicaId self, LogNodeOptions options, LogNodeHost host, RestoreSurvey survey)
{
    private const int Tries = 16;

    /// <summary>Told after each page.</summary>
    public IProgress<RestoreProgress>? Progress { get; init; }

    /// <summary>Takes over, and returns every stream of the new node as it goes on.</summary>
    public async Task<List<Snapshot>> RunAsync(IReadOnlyList<Guid> from, CancellationToken cancellationToken)
    {
        host.OffloadProbe?.Invoke(OffloadStage.RestoreRetire);
        var attempts = new Attempts(await RecordAsync(from[0], cancellationToken));
        foreach (var node in from)
            await RetireAsync(node, cancellationToken);

        var roots = new List<RootEntry>();
        for (var number = 0; number < RootPage.Count; number++)
        {
            host.OffloadProbe?.Invoke(OffloadStage.RestoreRetirePage);
            roots.AddRange(await RetirePageAsync(number, from, cancellationToken));
        }

        // Before anything is taken over: a namesake of another owner is no deleted stream, but one that an earlier restore had to leave out.
        if (!options.Offload.Sabotage.Has(OffloadSabotage.RestoreNamesakes))
        {
            foreach (var page in Namesakes.Superseded(roots).GroupBy(RootPage.NumberOf))
                await RemoveAsync(page.Key, page, cancellationToken);
        }

        var restored = new List<Snapshot>();
        for (var number = 0; number < RootPage.Count; number++)
        {
            host.OffloadProbe?.Invoke(OffloadStage.RestorePage);
            restored.AddRange(await TakePageAsync(number, from, attempts, cancellationToken));
            Progress?.Report(new RestoreProgress("roots", number + 1, RootPage.Count));
        }

        return restored;
    }

    private async Task<long> RecordAsync(Guid replaces, CancellationToken cancellationToken)
    {
        var known = await store.FindNodeAsync(self.Node, cancellationToken);
        var next = known?.Record is { } record
            ? record with { Sequence = record.Sequence + 1, Incarnation = record.Incarnation + 1, WrittenAt = store.Now }
            : new NodeRecord { Store = store.Id, Replica = self, Replaces = replaces, WrittenAt = store.Now };
        await store.WriteNodeAsync(next, known?.Version, cancellationToken);
        return next.Incarnation;
    }

    private async Task RetireAsync(Guid node, CancellationToken cancellationToken)
    {
        if (await store.FindNodeAsync(node, cancellationToken) is not { } known || known.Record.State == NodeState.Retired)
            return;

        var retired = known.Record with { State = NodeState.Retired, ReplacedBy = self.Node, Sequence = known.Record.Sequence + 1, WrittenAt = store.Now };
        await store.WriteNodeAsync(retired, known.Version, cancellationToken);
    }

    /// <summary>Returns the roots of the page that are to be taken over, or are.</summary>
    private async Task<IEnumerable<RootEntry>> RetirePageAsync(int number, IReadOnlyList<Guid> from, CancellationToken cancellationToken)
    {
        for (var left = Tries; ; left--)
        {
            var known = await store.ReadPageAsync(number, cancellationToken);
            if (from.All(known.Page.IsRetired))
                return known.Page.Entries.Where(root => IsWanted(root, from));

            var next = from.Aggregate(known.Page, (page, node) => page.Change(store.Now, retire: node));
            await TryReplaceAsync(next, known.Version, left, cancellationToken);
        }
    }

    private async Task RemoveAsync(int number, IEnumerable<StreamId> streams, CancellationToken cancellationToken)
    {
        for (var left = Tries; ; left--)
        {
            var known = await store.ReadPageAsync(number, cancellationToken);
            var there = streams.Where(stream => known.Page.Find(stream) is not null).ToList();
            if (there.Count == 0 || await TryReplaceAsync(known.Page.Change(store.Now, remove: there), known.Version, left, cancellationToken))
                return;
        }
    }

    private bool IsWanted(RootEntry root, IReadOnlyList<Guid> from) => root.Owner == self || from.Contains(root.Owner.Node);

    private async Task<List<Snapshot>> TakePageAsync(int number, IReadOnlyList<Guid> from, Attempts attempts, CancellationToken cancellationToken)
    {
        for (var left = Tries; ; left--)
        {
            var known = await store.ReadPageAsync(number, cancellationToken);
            var taken = new List<Snapshot>();
            var put = new List<RootEntry>();
            using var pack = new PackBuilder(new BlobPlace(store.Id, new BlobId(self.Node, attempts.Take())), store.Now);
            foreach (var root in known.Page.Entries.Where(root => IsWanted(root, from)))
            {
                if (await survey.FindAsync(root, cancellationToken) is not { } snapshot)
                    continue;

                if (root.Owner != self)
                {
                    snapshot = RestoredState.Of(snapshot, options.Offload.Sabotage);
                    var state = snapshot.Stream.State;
                    put.Add(root with
                    {
                        Owner = self, Generation = state.Generation, Term = state.Term, Offloaded = state.Tail, AsOf = state.AsOf, Snapshot = pack.Add(snapshot),
                    });
                }

                taken.Add(snapshot);
            }

            if (put.Count == 0)
                return taken;

            await PutAsync(pack, cancellationToken);
            if (await TryReplaceAsync(known.Page.Change(store.Now, put), known.Version, left, cancellationToken))
                return taken;
        }
    }

    /// <summary>
    /// Replaces a page, and again if it is stored otherwise than it was sent: until it is whole. False if somebody else is at work, or if nobody can tell whether this write has happened: what is there
    /// then says which.
    /// </summary>
    private async Task<bool> TryReplaceAsync(RootPage page, BlobVersion expected, int left, CancellationToken cancellationToken)
    {
        try
        {
            var written = await store.ReplacePageAsync(page, expected, cancellationToken);
            for (var again = left; !await store.HoldsAsync(written, cancellationToken); again--)
            {
                if (again <= 0)
                    throw StoreAccess.StoredOtherwise(RootPage.NameOf(page.Number));

                written = await store.ReplacePageAsync(page, written.Version, cancellationToken);
            }

            return true;
        }
        catch (BlobStoreException error) when (left > 0 && (error.Kind == BlobStoreErrorKind.ConditionFailed || error.OutcomeUnknown))
        {
            return false;
        }
    }

    private async Task PutAsync(PackBuilder pack, CancellationToken cancellationToken)
    {
        if (pack.Count == 0)
            return;

        var finished = pack.Complete();
        var upload = new BlobUpload(store.Blobs, new UploadPace(options.Offload.BandwidthBytesPerSecond, host.Time), options.Offload.Sabotage);
        await upload.PutAsync(finished.Place.Blob.Pack, finished.Content, cancellationToken);
        await upload.VerifyAsync(finished.Place.Blob.Pack, finished.Content, cancellationToken);
    }
}
