using System.Security.Cryptography;
using Orleans.Log.Engine;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Nodes;

namespace Orleans.Log.Grains.Leading;

/// <summary>
/// How a grain comes to lead its stream, and how streams begin and end. Every step is one change in one place, ordered so that a crash between any two leaves something that the next one who comes can tell and finish: the cluster's
/// metadata says which node a stream is on, the node's log what is in it, and neither is believed alone.
/// </summary>
internal sealed class StreamTenure(LogNodeService nodes, StreamDirectory directory, TimeProvider time)
{
    /// <summary>
    /// Takes the lead of a stream: reads where it lives, takes a term from its replica (durable; every older leader is shut out), and writes that term beside its home by compare-and-swap. Whoever finds the home changed meanwhile is no leader.
    /// </summary>
    /// <returns>The leader, or null if no stream has the name.</returns>
    public async Task<LedStream?> LeadAsync(StreamName name)
    {
        if (await FindHereAsync(name) is not { } found)
            return null;

        var leader = await LeadOnNodeAsync(found);
        if (leader.Term is not { } term)
            return new LedStream(leader, found);

        var position = await leader.CheckTailAsync(CancellationToken.None);
        return new LedStream(leader, await directory.ReplaceAsync(found, found.Home with { Term = term, Head = position.Head, Tail = leader.StartTail }));
    }

    /// <summary>Makes a stream on this node. <see cref="LogErrorCode.Moving"/> if somebody else takes the name meanwhile.</summary>
    public async Task<EnsureResult> CreateAsync(StreamName name, Guid request, StreamConfigPatch patch, CancellationToken cancellationToken)
    {
        // What would be refused must not take a place first.
        patch.ApplyTo(StreamConfig.Default);
        var node = nodes.Node;
        var id = StreamId.FromBytes(RandomNumberGenerator.GetBytes(StreamId.Size));
        var home = new StreamHome(id.ToString(), node.NodeId, node.WalId, StreamStage.Creating, Generation: 0, Term: 0, Head: 0, Tail: 0, time.GetUtcNow().ToUnixTimeMilliseconds(), request);
        var taken = await directory.CreateAsync(name, home, cancellationToken);
        var made = await node.CreateAsync(name, id, patch, CancellationToken.None);
        await directory.ReplaceAsync(taken, home with { Stage = StreamStage.Ready });
        return made;
    }

    /// <summary>Ends a stream that this grain leads, and frees its name.</summary>
    public async Task DeleteAsync(LedStream led)
    {
        var leaving = await directory.ReplaceAsync(led.Home, led.Home.Home with { Stage = StreamStage.Deleting });
        await nodes.Node.DeleteAsync(led.Home.Name, CancellationToken.None);
        await directory.DeleteAsync(leaving);
    }

    /// <summary>The home of a stream that is on this node, whole; what an interrupted creation or deletion left is cleared up first. Null if no stream has the name.</summary>
    private async Task<FoundHome?> FindHereAsync(StreamName name)
    {
        if (await directory.FindAsync(name) is not { } found)
            return null;

        var node = nodes.Node;
        if (found.Home.Node != node.NodeId)
            throw new LogException(LogErrorCode.Moving, $"Stream {name} is on node {found.Home.Node}, and this is node {node.NodeId}.", new LogErrorFacts(Reason: "other_node"));

        if (found.Home.Wal != node.WalId)
            throw new LogException(LogErrorCode.Corrupt, $"Stream {name} is in write-ahead log {found.Home.Wal} of this node, which has another one now.", new LogErrorFacts(Reason: "other_wal"));

        var there = await node.FindAsync(name, found.Home.StreamId) is not null;
        switch (found.Home.Stage)
        {
            case StreamStage.Creating when there:
                return await directory.ReplaceAsync(found, found.Home with { Stage = StreamStage.Ready });

            // Nobody was told of it, and nothing can be in it.
            case StreamStage.Creating:
                await directory.DeleteAsync(found);
                return null;

            case StreamStage.Deleting:
                if (there)
                    await node.DeleteAsync(name, CancellationToken.None);

                await directory.DeleteAsync(found);
                return null;

            default:
                return found;
        }
    }

    private async Task<ILogStreamLeader> LeadOnNodeAsync(FoundHome found)
    {
        try
        {
            return await nodes.Node.LeadAsync(found.Name, found.Home.StreamId);
        }
        catch (LogException error) when (error.Code == LogErrorCode.StreamNotFound)
        {
            // The cluster was told that the node has it. Making it anew would hide that it is lost.
            throw new LogException(LogErrorCode.Corrupt, $"Stream {found.Name} should be on this node, and is not.", new LogErrorFacts(Reason: "stream_missing"), error);
        }
        catch (LogException error) when (error.Code == LogErrorCode.Fenced)
        {
            throw new LogException(LogErrorCode.Moving, $"Somebody else takes the lead of stream {found.Name}.", new LogErrorFacts(Reason: "term"), error);
        }
    }
}

/// <summary>A stream that is led here.</summary>
/// <param name="Leader">Its leader's view.</param>
/// <param name="Home">Its home, as this leader wrote it.</param>
internal sealed record LedStream(ILogStreamLeader Leader, FoundHome Home);
