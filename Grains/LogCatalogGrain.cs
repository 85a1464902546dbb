using Orleans.Concurrency;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Nodes;
using Orleans.Runtime;

namespace Orleans.Log.Grains;

/// <summary>Lists streams: what the nodes at work say of theirs, merged, and what the directory says of the streams whose node is away.</summary>
[StatelessWorker]
internal sealed class LogCatalogGrain(NodeMap nodes, StreamDirectory directory, LogNodeClient client, ClusterReport report, TimeProvider time) : Grain, ILogCatalogGrain
{
    /// <summary>How long a node has to answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken = default)
    {
        if (limit is < 1 or > Limits.ListPage)
            throw new LogException(LogErrorCode.BadRequest, $"A page has 1 to {Limits.ListPage} streams.", new LogErrorFacts(Limit: Limits.ListPage, Unit: "streams"));

        var all = await nodes.ListAsync();
        var lists = all.Where(static node => node.Present).Select(node => OfNodeAsync(node.Node, prefix, after, limit, cancellationToken)).ToList();
        var missing = all.Where(static node => !node.Present && node.Node.Record.Stage != NodeStage.Replaced).Select(static node => node.Node.Record.Node).ToHashSet();
        var pages = new List<StreamPage>();
        foreach (var (node, page) in await Task.WhenAll(lists))
        {
            // One that does not answer is as good as away.
            if (page is null)
                missing.Add(node);
            else
                pages.Add(page);
        }

        var streams = pages.SelectMany(static page => page.Streams).ToList();
        if (missing.Count > 0)
            streams.AddRange(await AwayAsync(missing, prefix, after, cancellationToken));

        streams.Sort(static (left, right) => left.Name.CompareTo(right.Name));

        // The first of all are among the first of each.
        var more = streams.Count > limit || pages.Any(static page => page.NextAfter is not null);
        if (streams.Count > limit)
            streams.RemoveRange(limit, streams.Count - limit);

        return new StreamPage(streams, more ? streams[^1].Name : null);
    }

    /// <inheritdoc/>
    public async ValueTask<ClusterDescription> DescribeAsync(CancellationToken cancellationToken = default) => await report.MakeAsync();

    private async Task<(Guid Node, StreamPage? Page)> OfNodeAsync(FoundNode node, string prefix, string after, int limit, CancellationToken cancellationToken)
    {
        try
        {
            return (node.Record.Node, await client.ListAsync(node.Silo, prefix, after, limit, cancellationToken).AsTask().WaitAsync(Patience, time, cancellationToken));
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            return (node.Record.Node, null);
        }
    }

    private async Task<List<StreamDescription>> AwayAsync(HashSet<Guid> nodes, string prefix, string after, CancellationToken cancellationToken)
    {
        var away = new List<StreamDescription>();
        await foreach (var found in directory.ListAsync(prefix, cancellationToken))
        {
            if (nodes.Contains(found.Home.Node) && found.Home.Stage == StreamStage.Ready && string.CompareOrdinal(found.Name.Value, after) > 0)
                away.Add(Describe(found));
        }

        return away;
    }

    /// <summary>What the directory knows: lower bounds.</summary>
    private static StreamDescription Describe(FoundHome found) => new(
        found.Name,
        found.Home.StreamId,
        found.Home.Head,
        found.Home.Tail,
        Offloaded: 0,
        Sealed: false,
        Fenced: false,
        found.Home.Term,
        Bytes: 0,
        LastTimestamp: null,
        StreamConfig.Default,
        ConfigVersion: 0,
        DateTimeOffset.FromUnixTimeMilliseconds(found.Home.CreatedAt),
        Available: false);
}
