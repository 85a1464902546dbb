using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Reads everything that a restore will take over, before it changes anything: a stream that cannot be restored is known, and said, while the old node is not retired yet. For one thread, once.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="self">The node that takes over.</param>
/// <param name="request">Whether streams may be left out, and who is told how far it is.</param>
internal sealed class RestoreSurvey(StoreAccess store, ReplicaId self, RestoreRequest request)
{
    private const int MostNamed = 20;

    private readonly Dictionary<StreamId, (RootEntry Root, Snapshot Snapshot)> _read = [];
    private readonly Dictionary<StreamId, UnrestoredStream> _leftOut = [];

    /// <summary>The streams that stay where they are.</summary>
    public IReadOnlyCollection<UnrestoredStream> LeftOut => _leftOut.Values;

    /// <summary>
    /// Reads. Throws <see cref="StoreRefusedException"/> if streams cannot be restored and the request does not say that they are to be left out.
    /// </summary>
    /// <param name="from">The nodes whose streams are taken over, the newest first.</param>
    /// <param name="isBuilt">The data directory has its streams already, from a restore that was interrupted after that: no other one can come into it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(IReadOnlyList<Guid> from, bool isBuilt, CancellationToken cancellationToken)
    {
        var roots = await RootsAsync(from, cancellationToken);
        var names = new HashSet<StreamName>();
        var done = 0;
        foreach (var root in roots)
        {
            if (root.Owner != self && isBuilt)
                LeaveOut(root, "The data directory was built without it by the restore that was interrupted. Restore into another directory, which is empty.");
            else if (!names.Add(root.Name))
                LeaveOut(root, "A later node has another stream of this name.");
            else
                await ReadAsync(root, cancellationToken);

            request.Progress?.Report(new RestoreProgress("snapshots", ++done, roots.Count));
        }

        if (_leftOut.Count > 0 && !request.LeaveOutDamaged)
            throw Refused(roots.Count);
    }

    /// <summary>The snapshot that a root names, or null if the stream is to be left out. A node that is not gone after all may have published a later one than was surveyed.</summary>
    public async Task<Snapshot?> FindAsync(RootEntry root, CancellationToken cancellationToken)
    {
        if (_leftOut.ContainsKey(root.Id))
            return null;

        if (!_read.TryGetValue(root.Id, out var read) || read.Root != root)
            await ReadAsync(root, cancellationToken);

        if (_leftOut.Count > 0 && !request.LeaveOutDamaged)
            throw Refused(_read.Count + _leftOut.Count);

        return _leftOut.ContainsKey(root.Id) ? null : _read[root.Id].Snapshot;
    }

    /// <summary>Those of the new node first, then of the newest old one: of two streams of one name the later one is restored. Without those that were deleted.</summary>
    private async Task<List<RootEntry>> RootsAsync(IReadOnlyList<Guid> from, CancellationToken cancellationToken)
    {
        var ranks = from.ToList();
        var roots = new List<(int Rank, RootEntry Root)>();
        for (var number = 0; number < RootPage.Count; number++)
        {
            foreach (var root in (await store.ReadPageAsync(number, cancellationToken)).Page.Entries)
            {
                if (root.Owner == self)
                    roots.Add((-1, root));
                else if (ranks.IndexOf(root.Owner.Node) is >= 0 and var rank)
                    roots.Add((rank, root));
            }
        }

        var deleted = Namesakes.Superseded(roots.Select(static item => item.Root));
        return [.. roots.Where(item => !deleted.Contains(item.Root.Id)).OrderBy(static item => item.Rank).Select(static item => item.Root)];
    }

    private async Task ReadAsync(RootEntry root, CancellationToken cancellationToken)
    {
        try
        {
            _read[root.Id] = (root, await store.ReadSnapshotAsync(root, cancellationToken));
        }
        catch (Exception error) when (root.Owner != self && IsDamage(error))
        {
            // One that this node has taken over already must come with it: without it, it would be held for one that this node deleted.
            LeaveOut(root, error.Message);
        }
    }

    private static bool IsDamage(Exception error) =>
        error is StoreFormatException { Fault: not StoreFault.UnsupportedVersion } or BlobStoreException { Kind: BlobStoreErrorKind.Damaged };

    private void LeaveOut(RootEntry root, string problem) =>
        _leftOut[root.Id] = new UnrestoredStream(root.Name, root.Id, root.Head, root.Offloaded, root.Snapshot.Blob.Pack.Value, problem);

    private StoreRefusedException Refused(int streams)
    {
        var named = string.Join("; ", LeftOut.OrderBy(static stream => stream.Name).Take(MostNamed).Select(static stream => $"{stream.Name} ({stream.Blob}: {stream.Problem})"));
        var more = LeftOut.Count > MostNamed ? $"; and {LeftOut.Count - MostNamed} more" : string.Empty;
        return new StoreRefusedException(
            StoreProblem.Damaged,
            $"{LeftOut.Count} of {streams} streams cannot be restored: {named}{more}. Bring these blobs back from a copy of the store and run the restore again, or say that it is to go on without these streams; then they stay in the store as they are.")
        {
            Streams = [.. LeftOut.OrderBy(static stream => stream.Name)],
        };
    }
}
