using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <content>How a node is rebuilt whose data directory is lost.</content>
public sealed partial class LogNode
{
    /// <summary>
    /// Builds a new data directory from the blob store: a new node, which goes on with the streams of the lost one. What lay only in the lost log is reported for each stream as a range of LSNs, which
    /// are not used again. A stream whose snapshot cannot be read stops the restore before anything is changed, unless the request says that it is to be left out. The old node is retired: should it be alive after all, it is shut out and stops. May be called again after any failure, with the same directory; afterwards
    /// <see cref="StartAsync"/> starts the node. Throws <see cref="StoreRefusedException"/>, <see cref="BlobStoreException"/>, <see cref="DataDirectoryException"/>.
    /// </summary>
    /// <param name="options">Settings of the node.</param>
    /// <param name="host">What the node takes from its process: an empty data directory, and the store.</param>
    /// <param name="request">What is to be rebuilt.</param>
    /// <param name="cancellationToken">Gives up between two steps.</param>
    public static async Task<RestoreReport> RestoreAsync(LogNodeOptions options, LogNodeHost host, RestoreRequest request, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var blobs = host.Blobs ?? throw new ArgumentException("A restore needs a blob store.", nameof(host));
        WalDirectory.RequireSlotsOrEmpty(host.Disk);
        if (StoreOpening.ReadBinding(host.Disk) is not null)
            throw new StoreRefusedException(StoreProblem.NotEmpty, "The data directory is that of a node that is at work, or of a restore that is finished: start it.");

        try
        {
            var store = await new StoreOpening(blobs, host.Time, host.NewDirectoryId, host.OffloadProbe).FindAsync(cancellationToken)
                ?? throw new StoreRefusedException(StoreProblem.NothingToRestore, "There is no store of this software at the place that is configured.");
            return await RestoreAsync(options, host with { Blobs = null, BackgroundCheckpoints = false }, store, request, cancellationToken);
        }
        catch (StoreFormatException error) when (error.Fault == StoreFault.UnsupportedVersion)
        {
            throw new StoreRefusedException(StoreProblem.NewerVersion, $"The store was written by a newer version: {error.Message} Restore it with that version.", error);
        }
        catch (StoreFormatException error)
        {
            throw new StoreRefusedException(StoreProblem.Damaged, $"What counts in the store cannot be read: {error.Message} Bring the blob back from a copy of the store, and run the restore again.", error);
        }
    }

    private static async Task<RestoreReport> RestoreAsync(
        LogNodeOptions options, LogNodeHost host, StoreAccess store, RestoreRequest request, CancellationToken cancellationToken)
    {
        host.OffloadProbe?.Invoke(OffloadStage.RestoreFormat);
        var (self, streams) = await OpenAsync(options, host, []);
        if (streams > 0 && (await store.FindNodeAsync(self.Node, cancellationToken))?.Record.Replaces is null)
            throw new StoreRefusedException(StoreProblem.NotEmpty, "The data directory has streams. A restore needs an empty one.");

        var from = await new RestoreSource(store).FindAsync(request.FromNode, self.Node, cancellationToken);
        var survey = new RestoreSurvey(store, self, request);
        await survey.RunAsync(from, isBuilt: streams > 0, cancellationToken);
        var restored = await new NodeRestore(store, self, options, host, survey) { Progress = request.Progress }.RunAsync(from, cancellationToken);
        host.OffloadProbe?.Invoke(OffloadStage.RestoreCheckpoint);
        if (streams == 0)
            await OpenAsync(options, host, [.. restored.Select(static snapshot => snapshot.Stream)]);

        host.OffloadProbe?.Invoke(OffloadStage.Bind);
        StoreOpening.Bind(host.Disk, new StoreBinding(store.Id, self));
        return new RestoreReport(
            from[0], self.Node, [.. restored.Select(RestoredState.Report).OrderBy(static stream => stream.Name)], [.. survey.LeftOut.OrderBy(static stream => stream.Name)]);
    }

    /// <summary>Opens the directory with the streams given, writes them into a checkpoint, and closes it again.</summary>
    private static async Task<(ReplicaId Self, int Streams)> OpenAsync(LogNodeOptions options, LogNodeHost host, IReadOnlyList<CheckpointStream> streams)
    {
        var node = await Task.Run(() => new LogNode(options, host, streams), CancellationToken.None);
        try
        {
            // Of a damaged catalog nobody knows whether it has streams.
            if (node._catalog.Damage is { } damage)
            {
                throw new StoreRefusedException(
                    StoreProblem.NotEmpty,
                    $"The data directory is not empty, and its catalog is damaged: {damage} A restore needs an empty one.");
            }

            if (streams.Count > 0)
                await node._checkpointer.CheckpointAsync(even: true);

            return (new ReplicaId(node._wal.NodeId, node._wal.WalId), node._catalog.Count);
        }
        finally
        {
            await node.DisposeAsync();
        }
    }
}
