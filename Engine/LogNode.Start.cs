using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <content>How a node is started.</content>
public sealed partial class LogNode
{
    private LogNode(LogNodeOptions options, LogNodeHost host, IReadOnlyList<CheckpointStream>? restored = null)
    {
        var begun = host.Time.GetTimestamp();
        (_options, _host) = (options, host);
        _logger = new NodeLogger(host.Loggers.CreateLogger<LogNode>());
        _shared = new LogNodeShared(new LogNodeInstruments(host.Meters, host.Time));
        var clock = new LogClock(host.Time, options.ClockSettle, _logger);
        StreamNode? streams = null;
        var schedule = host.Blobs is null ? null : new OffloadSchedule(options.Offload, host.Time);
        var recovery = new NodeRecovery(host.Disk, _logger, clock, NewCatalog);
        _wal = WriteAheadLog.Open(
            host.Disk,
            options.Wal,
            recovery,
            new WalHost(host.Time, _logger, OnWalFailed, _shared.Instruments.Meter, host.NewDirectoryId, OnFileBegun));
        (_streams, _catalog) = (streams!, recovery.Catalog);
        try
        {
            recovery.Add(restored ?? []);
            recovery.Complete(_wal.End);
        }
        catch
        {
            // Nobody else would let the directory go.
            _wal.Dispose();
            throw;
        }

        _checkpointer = new Checkpointer(
            new CheckpointSource(host.Disk, _wal, _catalog, host.Time, clock, host.CheckpointProbe, options.Sabotage),
            new CheckpointerSettings(_logger, _shared.Instruments, options.CheckpointRetry, (long)options.Wal.FileSizeMiB << 20, options.Wal.StartThreads && host.BackgroundCheckpoints),
            recovery);
        if (schedule is not null)
        {
            _store = new NodeStore(
                new NodeStoreSettings
                {
                    Options = options,
                    Host = host,
                    Logger = _logger,
                    Instruments = _shared.Instruments,
                    Wal = _wal,
                    Catalog = _catalog,
                    Clock = clock,
                    Freed = OnFreed,
                    Refused = OnStoreRefused,
                },
                schedule);
            _shared.Store = _store;
            _streams.Segments = _store.Reading;
        }

        _shared.Freed = OnFreed;
        _shared.Instruments.Observe(() => _catalog.Count);
        _shared.Instruments.ObserveClock(() => clock.Ahead.TotalSeconds);
        _shared.Instruments.ObserveProducers(() => _streams.Producers);
        _damaged = [.. _catalog.Streams.Where(static stream => stream.Pipeline.Status.Damaged)];
        Recovery = Report(recovery, host.Time.GetElapsedTime(begun));
        _checkpointer.SweepAtStart();

        // What was trimmed or deleted before a crash, or while no checkpoint could be written, goes now: on a full disk nobody else might come to ask.
        _checkpointer.Request();
        _housekeeping = new Housekeeping(clock, _catalog, host.Time, _logger);

        StreamCatalog NewCatalog(WriteAheadLog wal)
        {
            var replica = new ReplicaId(wal.NodeId, wal.WalId);
            var bounds = new StreamBounds
            {
                InFlightBytes = options.StreamInFlightBytes,
                WaitingReaders = options.StreamWaitingReaders,
                Producers = options.StreamProducers,
                NodeProducers = options.NodeProducers,
            };
            var node = streams = new StreamNode(replica, wal, host.Time, bounds)
            {
                Sabotage = options.Sabotage,
                Offload = schedule,
                Clock = clock,
                OnProducerRejected = _shared.Instruments.OnProducerRejected,
            };
            return new StreamCatalog(
                replica,
                wal,
                host.Time,
                host.NewStreamId,
                entry => LogNodeStream.Make(entry, new StreamPipeline(entry.Id, entry.Config, node), _shared))
            {
                Sabotage = options.Sabotage,
            };
        }
    }

    /// <summary>
    /// Locks the data directory, recovers it or formats an empty one, and returns a node that works.
    /// Throws <see cref="OptionRangeException"/> for an option out of range,
    /// <see cref="DataDirectoryException"/> if the directory is refused, <see cref="DiskException"/> if the disk is (for example read-only), <see cref="StoreRefusedException"/> if directory and
    /// blob store do not belong together, and whatever <see cref="LogNodeHost.Admit"/> throws; nothing is changed then but what a second attempt would change again.
    /// </summary>
    /// <param name="options">Settings.</param>
    /// <param name="host">What the node takes from its process.</param>
    /// <param name="cancellationToken">Looked at before the work begins: a recovery once begun is carried through.</param>
    public static async Task<LogNode> StartAsync(LogNodeOptions options, LogNodeHost host, CancellationToken cancellationToken = default)
    {
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();

        // Before the store is asked, which would be told that the directory is empty.
        WalDirectory.RequireSlotsOrEmpty(host.Disk);
        await RequireStoreAsync(options, host, cancellationToken);

        // Disk work from beginning to end, which would hold up a caller's thread for as long as the log is.
        var node = await Task.Run(() => new LogNode(options, host), CancellationToken.None);
        try
        {
            if (host.Blobs is null && StoreOpening.ProblemOf(host.Disk, node._catalog) is { } problem)
                throw problem;

            if (host.Admit is { } admit)
                await admit(new LogNodeIdentity(node.NodeId, node.WalId, node._catalog.Count), cancellationToken);

            await node.AttachAsync(cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>What must be known of the store before a directory is formatted or recovered.</summary>
    private static async Task RequireStoreAsync(LogNodeOptions options, LogNodeHost host, CancellationToken cancellationToken)
    {
        if (host.Blobs is not { } blobs)
        {
            if (StoreOpening.ReadBinding(host.Disk) is { } binding)
                throw new StoreRefusedException(StoreProblem.OtherStore, $"The data directory is bound to blob store {binding.Store}, which has part of its streams, and none is configured.");

            return;
        }

        if (host.StoreIsShared || !StoreOpening.IsNew(host.Disk))
            return;

        using var timeout = new CancellationTokenSource(options.Offload.AttachTimeout, host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await new StoreOpening(blobs, host.Time, host.NewDirectoryId, host.OffloadProbe).RequireWithoutStreamsAsync(either.Token);
        }
        catch (Segments.StoreFormatException error)
        {
            throw StoreOpening.Unreadable(error);
        }
        catch (Exception error) when (error is BlobStoreException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StoreRefusedException(
                StoreProblem.Unreachable, $"The data directory is new, and the blob store does not say whether it has streams of an earlier one: {error.Message}", error);
        }
    }

    /// <summary>Attaches the store; if it is away, that is done in the background.</summary>
    internal async Task AttachAsync(CancellationToken cancellationToken)
    {
        if (_store is null)
            return;

        using var timeout = new CancellationTokenSource(_options.Offload.AttachTimeout, _host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _store.AttachAsync(either.Token);
        }
        catch (Exception error) when (error is BlobStoreException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _store.AttachInBackground(error);
        }
    }

    /// <summary>The same on the caller's thread, for a simulation that has no other.</summary>
    internal static LogNode Start(LogNodeOptions options, LogNodeHost host)
    {
        options.Validate();
        return new LogNode(options, host);
    }

    private LogNodeRecoveryReport Report(NodeRecovery recovery, TimeSpan took)
    {
        var report = new LogNodeRecoveryReport(
            _wal.Report,
            recovery.Checkpoint.Sequence,
            _catalog.Count,
            FaultyStreams: _damaged.Length,
            recovery.SuspectStreams,
            recovery.UnknownStreams,
            _catalog.Damage,
            took);
        var wal = report.Wal;
        var damaged = wal.Damage.Count > 0 || wal.DamagedEntries > 0 || _damaged.Length > 0 || _catalog.Damage is not null;
        _logger.Log(
            damaged ? LogLevel.Error : LogLevel.Information,
            "Recovered {Streams} streams from checkpoint {Checkpoint} and {Files} files: {Entries} entries in {Blocks} blocks, {Bytes} bytes; cut {CutBytes} bytes; "
            + "clean shutdown: {Clean}; damaged entries: {DamagedEntries}, ranges: {DamagedRanges}, streams: {DamagedStreams}, of unknown streams: {UnknownStreams}, "
            + "catalog: {CatalogDamage}; {Milliseconds} ms",
            report.Streams,
            report.CheckpointSequence,
            wal.Files,
            wal.Entries,
            wal.Blocks,
            wal.Bytes,
            wal.CutBytes,
            wal.Clean,
            wal.DamagedEntries,
            wal.Damage.Count,
            _damaged.Length,
            report.UnknownStreams,
            report.CatalogDamage ?? "whole",
            took.TotalMilliseconds);
        _shared.Instruments.OnRecovered(took);
        return report;
    }

    private void OnFileBegun()
    {
        _checkpointer?.Request();
        _store?.OnFileBegun();
    }

    private void OnFreed(WalPosition oldest)
    {
        // Only what stood in the oldest file can have kept it.
        if (oldest.File <= _wal.Head.File)
            _checkpointer.Request();
    }
}
