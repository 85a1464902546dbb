using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>Finds out whose streams a restore takes over: a node, and those that it had taken over itself, as far as that was not finished. For one thread, once.</summary>
internal sealed class RestoreSource(StoreAccess store)
{
    private readonly Dictionary<Guid, NodeRecord> _nodes = [];

    /// <summary>The nodes, the newest first. Throws <see cref="StoreRefusedException"/> if there is none, or more than one and the request does not say which.</summary>
    /// <param name="wanted">The node that is asked for; null for the only one.</param>
    /// <param name="self">The node that takes over.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<Guid>> FindAsync(Guid? wanted, Guid self, CancellationToken cancellationToken)
    {
        foreach (var blob in await store.ListAsync("nodes/", cancellationToken))
        {
            if (Guid.TryParseExact(blob.Name.Value["nodes/".Length..], "N", out var node) && await store.FindNodeAsync(node, cancellationToken) is { } found)
                _nodes[node] = found.Record;
        }

        if (_nodes.TryGetValue(self, out var begun) && begun.Replaces is { } before)
            return ChainOf(before);

        var owners = new HashSet<Guid>();
        for (var number = 0; number < RootPage.Count; number++)
            owners.UnionWith((await store.ReadPageAsync(number, cancellationToken)).Page.Entries.Select(static root => root.Owner.Node));

        var candidates = _nodes.Values
            .Where(record => record.State == NodeState.Active && record.Replica.Node != self)
            .Select(record => ChainOf(record.Replica.Node))
            .Where(chain => chain.Any(owners.Contains) && (wanted is not { } node || chain.Contains(node)))
            .ToList();

        // A restore that was begun and given up stands for the node that it was to replace.
        candidates.RemoveAll(chain => candidates.Exists(other => other != chain && other.Skip(1).Contains(chain[0])));
        return candidates switch
        {
            [var chain] => chain,
            [] => throw new StoreRefusedException(StoreProblem.NothingToRestore, wanted is { } node ? $"The store has no streams of node {node} that could be restored." : "The store has no streams."),
            _ => throw new StoreRefusedException(
                StoreProblem.Ambiguous, $"The store has streams of {candidates.Count} nodes: {string.Join(", ", candidates.Select(static chain => chain[0]))}. Say which one is to be restored."),
        };
    }

    private List<Guid> ChainOf(Guid node)
    {
        var chain = new List<Guid>();
        for (Guid? next = node; next is { } known && !chain.Contains(known); next = _nodes.GetValueOrDefault(known)?.Replaces)
            chain.Add(known);

        return chain;
    }
}
