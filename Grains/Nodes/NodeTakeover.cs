using Microsoft.Extensions.Logging;
using Orleans.Log.Engine;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Setup;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Nodes;

/// <summary>
/// A node that goes on with the streams of one whose directory is lost, because somebody ordered it. The engine rebuilds the streams from the store and retires the lost node there; here the cluster is told where they live
/// now. What was interrupted is finished by the next start with the same order.
/// </summary>
internal sealed partial class NodeTakeover(NodeRegistry registry, StreamDirectory directory, ILocalSiloDetails silo, ILogger<NodeTakeover> logger)
{
    private bool _ordered;

    /// <summary>Rebuilds the data directory, if it is empty.</summary>
    public async Task RestoreAsync(OrleansLogOptions options, LogNodeHost host, CancellationToken cancellationToken)
    {
        _ordered = true;
        try
        {
            var lost = options.RestoreFrom ?? await OwnAsync(cancellationToken);
            var report = await LogNode.RestoreAsync(options.Node, host, new RestoreRequest(lost), cancellationToken);
            LogRestored(logger, report.Streams.Count, report.FromNode, report.Node);
            foreach (var stream in report.Streams.Where(stream => stream.Tail > stream.Offloaded))
                LogLoss(logger, stream.Name, stream.Offloaded, stream.Tail);
        }
        catch (StoreRefusedException refused) when (refused.Problem == StoreProblem.NotEmpty)
        {
            LogNothingToDo(logger);
        }
    }

    /// <summary>Tells the cluster, once the node is registered, which streams live here now.</summary>
    public async Task CompleteAsync(LogNode node, CancellationToken cancellationToken)
    {
        if (!_ordered)
            return;

        var replaced = new HashSet<Guid>();
        await foreach (var stream in StreamsOf(node, cancellationToken))
        {
            if (await directory.FindAsync(stream.Name, cancellationToken) is not { } found || found.Home.Node == node.NodeId || found.Home.StreamId != stream.Id)
                continue;

            // The lost node first: should it be at work after all, it learns that it is not any more.
            if (replaced.Add(found.Home.Node))
                await ReplaceAsync(found.Home.Node, cancellationToken);

            await directory.ReplaceAsync(found, found.Home with { Node = node.NodeId, Wal = node.WalId, Stage = StreamStage.Ready, Generation = found.Home.Generation + 1 });
        }

        await ForgetLostAsync(replaced, cancellationToken);
    }

    /// <summary>The node with streams that a silo of this name had last; null if the cluster knows of none.</summary>
    private async Task<Guid?> OwnAsync(CancellationToken cancellationToken) =>
        (await registry.ListAsync(cancellationToken)).Where(found => found.Record.SiloName == silo.Name && found.Record.Stage != NodeStage.Replaced && found.Record.Load.Streams > 0).MaxBy(found => found.Record.At)?.Record.Node;

    private static async IAsyncEnumerable<StreamDescription> StreamsOf(
        LogNode node, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = string.Empty;
        while (true)
        {
            var page = await node.ListAsync(string.Empty, after, Limits.ListPage, cancellationToken);
            foreach (var stream in page.Streams)
                yield return stream;

            if (page.NextAfter is not { } next)
                yield break;

            after = next.Value;
        }
    }

    private async Task ReplaceAsync(Guid lost, CancellationToken cancellationToken)
    {
        if (await registry.FindAsync(lost, cancellationToken) is { Record.Stage: not NodeStage.Replaced } found)
            await registry.PutAsync(found, found.Record with { Stage = NodeStage.Replaced, Renewal = found.Record.Renewal + 1 }, cancellationToken);
    }

    /// <summary>Streams of which nothing was offloaded are lost whole; their names are free again, for streams with identities of their own.</summary>
    private async Task ForgetLostAsync(HashSet<Guid> replaced, CancellationToken cancellationToken)
    {
        if (replaced.Count == 0)
            return;

        await foreach (var found in directory.ListAsync(string.Empty, cancellationToken))
        {
            if (!replaced.Contains(found.Home.Node))
                continue;

            LogLostWhole(logger, found.Name, found.Home.Node);
            await directory.DeleteAsync(found);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Restored {Streams} streams of node {From} from the blob store; this is node {Node} now.")]
    private static partial void LogRestored(ILogger logger, int streams, Guid from, Guid node);

    [LoggerMessage(LogLevel.Warning, "Stream {Stream}: records from {From} on, if there were any, are lost; it goes on at {Tail}.")]
    private static partial void LogLoss(ILogger logger, StreamName stream, long from, long tail);

    [LoggerMessage(LogLevel.Error, "Stream {Stream} of node {Node} is lost whole: nothing of it had reached the blob store.")]
    private static partial void LogLostWhole(ILogger logger, StreamName stream, Guid node);

    [LoggerMessage(LogLevel.Information, "Nothing to restore: the data directory has a node's data.")]
    private static partial void LogNothingToDo(ILogger logger);
}
