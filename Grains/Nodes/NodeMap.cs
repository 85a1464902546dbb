using Orleans.Log.Grains.Homes;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Nodes;

/// <summary>Which silo each node is at, for placing grains. Answers from what was read within the last second; safe for use by any number of threads.</summary>
internal sealed class NodeMap(NodeRegistry registry, IClusterMembershipService membership, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>Logs whose sizes differ by less are of one size.</summary>
    private const long WalGrain = 1L << 30;

    private readonly Lock _gate = new();
    private Task<List<FoundNode>> _read = Task.FromResult(new List<FoundNode>());
    private long _readAt;
    private bool _hasRead;

    // Streams placed since a node wrote its record: the record does not count them yet.
    private readonly Dictionary<SiloAddress, (long Renewal, int Count)> _placed = [];

    /// <summary>The silo of a node, if the silo is a member; null if the node is away.</summary>
    public async Task<SiloAddress?> SiloOfAsync(Guid node)
    {
        if (Present(await ReadAsync(), node) is { } known)
            return known;

        // It may have come back within the last second, and somebody waits for it.
        return Present([.. await registry.FindAsync(node) is { } found ? [found] : Array.Empty<FoundNode>()], node);
    }

    /// <summary>Of some silos the one whose node has the fewest streams; between equals one with a smaller log, or any.</summary>
    public async Task<SiloAddress> LeastLoadedAsync(SiloAddress[] silos)
    {
        var nodes = (await ReadAsync()).Where(node => node.Record.Stage == NodeStage.Running && node.Record.Load.Ready && silos.Contains(node.Silo)).ToList();
        lock (_gate)
        {
            // Nobody knows better than chance which of equals to take.
            var least = nodes.Count == 0 ? null : nodes.MinBy(node => (node.Record.Load.Streams + PlacedAt(node), node.Record.Load.WalBytes / WalGrain, Random.Shared.Next()));
            if (least is null)
                return silos[Random.Shared.Next(silos.Length)];

            // Those that are gone need not be remembered.
            if (_placed.Count > silos.Length * 2)
                _placed.Clear();

            _placed[least.Silo] = (least.Record.Renewal, PlacedAt(least) + 1);
            return least.Silo;
        }
    }

    /// <summary>All nodes, as read within the last second, and whether the silo of each is a member.</summary>
    public async Task<IReadOnlyList<(FoundNode Node, bool Present)>> ListAsync() => [.. (await ReadAsync()).Select(node => (node, IsPresent(node)))];

    /// <summary>The refusal for a stream whose node is away.</summary>
    public static LogException Away(FoundHome found) =>
        new(LogErrorCode.Unavailable, $"Node {found.Home.Node}, which holds stream {found.Name}, is away.", new LogErrorFacts(Reason: "node_away"));

    private int PlacedAt(FoundNode node) => _placed.TryGetValue(node.Silo, out var placed) && placed.Renewal == node.Record.Renewal ? placed.Count : 0;

    private SiloAddress? Present(List<FoundNode> nodes, Guid node) => nodes.Find(found => found.Record.Node == node && IsPresent(found))?.Silo;

    private bool IsPresent(FoundNode node) =>
        node.Record.Stage == NodeStage.Running
        && membership.CurrentSnapshot.Members.TryGetValue(node.Silo, out var member)
        && member.Status == SiloStatus.Active;

    private Task<List<FoundNode>> ReadAsync()
    {
        lock (_gate)
        {
            if (!_hasRead || _read.IsFaulted || (_read.IsCompleted && time.GetElapsedTime(_readAt) >= Fresh))
            {
                (_read, _readAt, _hasRead) = (registry.ListAsync(), time.GetTimestamp(), true);
            }

            return _read;
        }
    }
}
