using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Log.Engine;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Setup;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Nodes;

/// <summary>
/// Tells the cluster which silo the node is at, and goes on telling it. One loop; it writes the node's record by compare-and-swap, so two silos with the same directory (a copy) cannot both hold it, and a node
/// that was replaced learns of it.
/// </summary>
internal sealed partial class NodeRegistration(
    NodeRegistry registry,
    StreamDirectory streams,
    NodePresence presence,
    ILocalSiloDetails silo,
    IClusterMembershipService membership,
    IOptions<OrleansLogOptions> options,
    IHostApplicationLifetime process,
    ILogger<NodeRegistration> logger,
    TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private FoundNode? _mine;
    private Task _loop = Task.CompletedTask;

    /// <summary>
    /// Takes the node's place in the cluster. Throws <see cref="StoreRefusedException"/> if another silo at work has it (then this directory is a copy), or if the silo's own directory seems to be lost.
    /// </summary>
    public async Task TakePlaceAsync(LogNodeIdentity node, CancellationToken cancellationToken)
    {
        var found = await registry.FindAsync(node.Node, cancellationToken);
        switch (found?.Record)
        {
            case null:
                await RequireNothingLostAsync(node, cancellationToken);
                break;

            case { Stage: NodeStage.Replaced }:
                throw new StoreRefusedException(StoreProblem.Retired, $"Node {node.Node} was given up: another one goes on with its streams. This directory must not be started again.");

            case { Stage: NodeStage.Running } when !found.Silo.Endpoint.Equals(silo.SiloAddress.Endpoint):
                await RequireAwayAsync(found, cancellationToken);
                break;
        }

        var load = found?.Record.Load ?? new NodeLoad(node.Streams, WalBytes: 0, Budget, LagBytes: null, LagSeconds: null, Ready: false);
        _mine = await registry.PutAsync(found, RecordOf(node.Node, node.Wal, (found?.Record.Renewal ?? 0) + 1, load with { Streams = node.Streams }), cancellationToken);

        // Whoever held the directory's lock before has ended, which nobody else can know as early: calls need not wait for the cluster to find out.
        if (found is { Record.Stage: NodeStage.Running } && !found.Silo.Equals(silo.SiloAddress))
            await membership.TryKill(found.Silo);
    }

    /// <summary>Goes on telling, until it is stopped.</summary>
    public void Start(LogNode node) => _loop = Task.WhenAll(RenewAsync(node), EvictStaleAsync());

    /// <summary>Says that the node stops in order, if the store can be told: from then on nobody is sent to it, and callers are told at once that its streams are away.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _loop;
        if (_mine is not { } mine)
            return;

        try
        {
            await registry.PutAsync(mine, mine.Record with { Stage = NodeStage.Stopped, Renewal = mine.Record.Renewal + 1, At = Now() }, cancellationToken);
        }
        catch (Exception error) when (error is LogException or OperationCanceledException)
        {
            // The cluster finds out by itself that the silo is gone.
            LogNotTold(logger, error.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <summary>A silo of this name had a node with streams, and comes with another directory: that one is lost, or only not mounted. Names must not be given away a second time, and nobody should believe that all is well.</summary>
    private async Task RequireNothingLostAsync(LogNodeIdentity node, CancellationToken cancellationToken)
    {
        if (node.Streams > 0)
            return;

        foreach (var earlier in (await registry.ListAsync(cancellationToken)).Where(other => other.Record.SiloName == silo.Name && other.Record.Stage != NodeStage.Replaced))
        {
            if (!await HeldStreamsAsync(earlier.Record, cancellationToken))
                continue;

            throw new StoreRefusedException(
                StoreProblem.NeedsRestore,
                $"The data directory is empty, and the silo '{silo.Name}' held streams with node {earlier.Record.Node}. If that node's directory is lost for good, order its restore "
                + "(OrleansLog:Restore=true): what was not offloaded is then reported as lost. If it is only elsewhere, bring it back. For an additional node choose another silo name.");
        }
    }

    /// <summary>The record counts streams as of its last renewal; those that were made after it are only found where streams live.</summary>
    private async Task<bool> HeldStreamsAsync(NodeRecord node, CancellationToken cancellationToken)
    {
        if (node.Load.Streams > 0)
            return true;

        await foreach (var found in streams.ListAsync(prefix: "", cancellationToken))
        {
            if (found.Home.Node == node.Node)
                return true;
        }

        return false;
    }

    /// <summary>
    /// The record names a silo at another address. This process holds the lock of the directory, so the other one has ended, or works on a copy. One that works renews its record, whatever its clock says.
    /// </summary>
    private async Task RequireAwayAsync(FoundNode found, CancellationToken cancellationToken)
    {
        if (!membership.CurrentSnapshot.Members.TryGetValue(found.Silo, out var member) || member.Status.IsTerminating())
            return;

        LogWaiting(logger, found.Record.Node, found.Silo);
        await Task.Delay(options.Value.RenewEvery * 3, time, cancellationToken);
        var again = await registry.FindAsync(found.Record.Node, cancellationToken);
        if (again is null || again.Record.Renewal != found.Record.Renewal)
        {
            throw new StoreRefusedException(
                StoreProblem.DirectoryIsOld, $"Node {found.Record.Node} is at work at silo {found.Silo}: this data directory is a copy of that one's. A node exists once.");
        }
    }

    /// <summary>
    /// Members whose node does not renew its record have ended without a word. A silo that joins must reach every member; after the loss of a whole cluster nobody else is there to give up the dead ones.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "It only helps others to join earlier.")]
    private async Task EvictStaleAsync()
    {
        try
        {
            var before = await OthersAsync();
            if (before.Count == 0)
                return;

            await Task.Delay(options.Value.RenewEvery * 3, time, _stop.Token);
            var after = await OthersAsync();
            foreach (var stale in before.Where(found => after.Exists(again => again.Silo.Equals(found.Silo) && again.Record.Renewal == found.Record.Renewal)))
            {
                LogStale(logger, stale.Silo, stale.Record.Node);
                await membership.TryKill(stale.Silo);
            }
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            LogNotRenewed(logger, error.Message);
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    private async Task<List<FoundNode>> OthersAsync() =>
        [.. (await registry.ListAsync(_stop.Token)).Where(other => other.Record.Stage == NodeStage.Running && !other.Silo.Equals(silo.SiloAddress)
            && membership.CurrentSnapshot.Members.TryGetValue(other.Silo, out var member) && member.Status == SiloStatus.Active)];

    private async Task RenewAsync(LogNode node)
    {
        using var timer = new PeriodicTimer(options.Value.RenewEvery, time);
        try
        {
            do
            {
                var suspended = presence.Tick();
                if (await RenewOnceAsync(node) && suspended)
                    presence.Confirm();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    /// <summary>Renews the record; true if the cluster has confirmed, after the call began, that the node is still here.</summary>
    private async Task<bool> RenewOnceAsync(LogNode node)
    {
        try
        {
            _mine = await registry.PutAsync(_mine, RecordOf(node, _mine!.Record.Renewal + 1), _stop.Token);
            return true;
        }
        catch (LogException error) when (error.Code is LogErrorCode.Moving or LogErrorCode.OutcomeUnknown)
        {
            return await LookAgainAsync(node);
        }
        catch (LogException error)
        {
            LogNotRenewed(logger, error.Message);
            return false;
        }
    }

    private async Task<bool> LookAgainAsync(LogNode node)
    {
        try
        {
            var found = await registry.FindAsync(node.NodeId, _stop.Token);
            if (found is { Record.Stage: NodeStage.Running } && found.Silo.Equals(silo.SiloAddress))
            {
                _mine = found;
                return true;
            }

            Lose(node, found?.Record);
        }
        catch (LogException error)
        {
            LogNotRenewed(logger, error.Message);
        }

        return false;
    }

    /// <summary>The node is another's: nothing is acknowledged any more, and the silo ends.</summary>
    private void Lose(LogNode node, NodeRecord? record)
    {
        var now = record is null ? "is not known to the cluster any more" : record.Stage == NodeStage.Replaced ? "was replaced" : $"is at silo {record.Silo} now";
        LogLost(logger, node.NodeId, now);
        presence.Lose(new LogException(LogErrorCode.OutcomeUnknown, $"Node {node.NodeId} {now}: whatever was appended here since may not be in the stream.", new LogErrorFacts(Reason: "node_lost")));
        process.StopApplication();
        _stop.Cancel();
    }

    private NodeRecord RecordOf(LogNode node, long renewal)
    {
        var health = node.Health;
        return RecordOf(
            node.NodeId, node.WalId, renewal, new NodeLoad(health.Streams, health.WalBytes, Budget, health.Store?.LagBytes, health.Store?.Lag?.TotalSeconds, health.Ready));
    }

    private NodeRecord RecordOf(Guid node, Guid wal, long renewal, NodeLoad load) =>
        new(node, wal, NodeStage.Running, silo.SiloAddress.ToParsableString(), silo.Name, renewal, Now(), load);

    private long? Budget => options.Value.Node.Wal.DiskBudgetBytes is < long.MaxValue and var bytes ? bytes : null;

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(LogLevel.Warning, "The node's record could not be renewed: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "The cluster was not told that the node stops: {Reason}")]
    private static partial void LogNotTold(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Node {Node} was at silo {Silo}, which is a member still: waiting to see whether it is at work")]
    private static partial void LogWaiting(ILogger logger, Guid node, SiloAddress silo);

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} is a member, and its node {Node} gives no sign of life: it is given up")]
    private static partial void LogStale(ILogger logger, SiloAddress silo, Guid node);

    [LoggerMessage(LogLevel.Critical, "Node {Node} {Now}: this silo stops")]
    private static partial void LogLost(ILogger logger, Guid node, string now);
}
