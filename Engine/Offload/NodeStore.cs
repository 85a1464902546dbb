using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// The node's side of its store: attached at the start or, if the store is away then and may be, as soon as it comes; from then on streams are moved there. Appends never depend on
/// it, until the WAL has no room left. Safe for use by any number of threads.
/// </summary>
internal sealed class NodeStore : IPublished, IDisposable
{
    private readonly NodeStoreSettings _settings;
    private readonly RoundContext _context;
    private readonly StoreAttachment _attachment;
    private readonly Offloader _offloader;
    private readonly PinnedFiles _pinned;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _sweep;
    private Task _attaching = Task.CompletedTask;
    private Task _sweeping = Task.CompletedTask;
    private volatile Attached? _attached;
    private volatile StoreRefusedException? _refusal;
    private volatile string? _failure;

    public NodeStore(NodeStoreSettings settings, OffloadSchedule schedule)
    {
        var (host, wal) = (settings.Host, settings.Wal);
        _settings = settings;
        _context = new RoundContext
        {
            Self = new ReplicaId(wal.NodeId, wal.WalId),
            Options = settings.Options.Offload,
            Schedule = schedule,
            Wal = wal,
            Time = host.Time,
            Logger = settings.Logger,
            Instruments = settings.Instruments,
            Published = OnPublished,
            Probe = host.OffloadProbe,
            Sabotage = settings.Options.Offload.Sabotage,
        };
        var opening = new StoreOpening(host.Blobs!, host.Time, host.NewDirectoryId, host.OffloadProbe);
        _attachment = new StoreAttachment(host.Disk, _context.Self, settings.Catalog, wal, wal.End, opening, host.StoreIsShared, host.OffloadProbe);
        _offloader = new Offloader(schedule, new OffloadSettings(
            _context.Options, wal.NodeId, host.Time, settings.Logger, host.BackgroundOffload && settings.Options.Wal.StartThreads, OnRefused));
        _sweep = host.Time.CreateTimer(static state => ((NodeStore)state!).OnSweepDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _pinned = new PinnedFiles(settings.Catalog, wal, settings.Options.Wal);
        var cache = settings.Options.SegmentCache;
        Reading = new SegmentReading(host.Blobs!, this, cache, SegmentDiskCache.Open(host.Disk, cache.DiskBytes), new SegmentReadInstruments(settings.Instruments.Meter));
        settings.Instruments.ObserveOffload(() => _pinned.LagBytes, () => schedule.Oldest?.TotalSeconds ?? 0, () => _pinned.Files);
    }

    /// <summary>Reads what is offloaded.</summary>
    public SegmentReading Reading { get; }

    /// <inheritdoc/>
    public Guid? StoreId => _attached?.Store.Store.Id;

    /// <summary>What is published, or null before the store is attached.</summary>
    public RootPages? Roots => _attached?.Roots;

    /// <summary>How it is doing.</summary>
    public StoreHealth Health
    {
        get
        {
            var state = _refusal is { } refusal ? refusal.Problem == StoreProblem.Retired ? StoreState.Fenced : StoreState.Refused
                : _attached is null || !_offloader.HasBegun ? StoreState.Attaching
                : _offloader.Failure is null ? StoreState.Working
                : StoreState.Failing;
            var oldest = _pinned.Oldest;
            return new StoreHealth(
                state, _refusal?.Message ?? _failure ?? _offloader.Failure, _pinned.LagBytes, _context.Schedule.Oldest, _pinned.Files, oldest?.Stream, oldest?.Reason);
        }
    }

    /// <summary>Attaches. Throws <see cref="StoreRefusedException"/>, or <see cref="BlobStoreException"/> if the store fails.</summary>
    public async Task AttachAsync(CancellationToken cancellationToken)
    {
        var store = await _attachment.AttachAsync(cancellationToken);
        var roots = new RootPages(store.Store, _context.Self, store.Pages, _context.Sabotage, _context.Probe);
        _attached = new Attached(
            store,
            roots,
            new StoreSweeper(store.Store, roots, store.Attempts, _context.Self, _context.Sabotage, _context.Probe),
            new RetentionKeeper(store.Store, roots, _settings.Clock, _settings.Logger));
        _failure = null;
        _settings.Logger.LogInformation("Attached to store {Store}", store.Store.Id);
        _offloader.Begin(new OffloadRounds(_context, store.Store, roots, store.Attempts), new RootRemovals(roots, store.Forgotten, _context.Probe));
        Relieve();
        _sweep.Change(_context.Options.SweepEvery, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Goes on trying to attach, because the store was away at the start.</summary>
    public void AttachInBackground(Exception failure)
    {
        _failure = failure.Message;
        _settings.Logger.LogWarning(failure, "The blob store is away; the node works without it until it comes, as far as the log has room");
        if (_settings.Host.BackgroundOffload)
            _attaching = Task.Run(KeepAttachingAsync);
    }

    /// <summary>
    /// Publishes everything that the stream had ordered before the call. Throws <see cref="LogException"/> (StoreUnavailable) if that is not possible now; it is done later then, like everything else.
    /// </summary>
    public async Task<SnapshotInfo> SnapshotAsync(LogNodeStream stream, CancellationToken cancellationToken)
    {
        var wanted = stream.Pipeline.Status.Tail;
        if (!stream.Pipeline.IsPublished || Roots?.Find(stream.Id) is null)
            await _offloader.PublishAsync(stream.Pipeline, cancellationToken);

        if (Roots!.Find(stream.Id) is { } root && root.Offloaded >= wanted && await FindAsync(stream.Id, cancellationToken) is { } published)
            return published;

        throw stream.IsDamaged
            ? new LogException(LogErrorCode.Corrupt, "Part of this stream was damaged on disk, so it is not published.")
            : Catalog.StreamCatalog.NotFound(stream.Name);
    }

    /// <summary>What is published of a stream, or null. Throws <see cref="LogException"/> (StoreUnavailable, Corrupt).</summary>
    public async Task<SnapshotInfo?> FindAsync(StreamId stream, CancellationToken cancellationToken)
    {
        if (_attached is not { } attached)
            throw new LogException(LogErrorCode.StoreUnavailable, "The blob store is not attached yet.");

        if (attached.Roots.Find(stream) is not { } root)
            return null;

        try
        {
            var snapshot = await attached.Store.Store.ReadSnapshotAsync(root, cancellationToken);
            var at = await attached.Store.Store.WrittenAtAsync(root.Snapshot.Blob, cancellationToken);
            return new SnapshotInfo(root.Offloaded, root.Term, DateTimeOffset.FromUnixTimeMilliseconds(at), snapshot.Stream.State.Bytes);
        }
        catch (Exception error) when (error is BlobStoreException or StoreFormatException && attached.Roots.Find(stream) != root)
        {
            // Another one was published meanwhile, and this one perhaps swept.
            return await FindAsync(stream, cancellationToken);
        }
        catch (BlobStoreException error)
        {
            throw new LogException(LogErrorCode.StoreUnavailable, $"The blob store does not answer: {error.Message}", default, error);
        }
        catch (StoreFormatException error)
        {
            throw new LogException(LogErrorCode.Corrupt, $"The published snapshot of the stream is damaged: {error.Message}", default, error);
        }
    }

    /// <summary>Applies retention to every stream that has one, and deletes what nothing names any longer. Throws what the store does.</summary>
    public async Task<SweepReport> SweepAsync(CancellationToken cancellationToken)
    {
        if (_attached is not { } attached)
            return default;

        foreach (var stream in _settings.Catalog.Streams.Where(static stream => stream.Entry.Config.HasRetention))
            await attached.Retention.ApplyAsync(stream, cancellationToken);

        var report = await attached.Sweeper.RunAsync(cancellationToken);
        await RemoveForgottenAsync(attached.Roots);
        _settings.Instruments.OnSwept(report.Bytes);
        if (report.Blobs > 0)
            _settings.Logger.LogInformation("Deleted {Blobs} blobs that nothing names, {Bytes} bytes", report.Blobs, report.Bytes);

        return report;
    }

    /// <inheritdoc/>
    RootEntry? IPublished.Find(StreamId stream) => Roots?.Find(stream);

    /// <inheritdoc/>
    Task<Snapshot> IPublished.ReadSnapshotAsync(RootEntry root, CancellationToken cancellationToken) =>
        _attached!.Store.Store.ReadSnapshotAsync(root, cancellationToken);

    /// <inheritdoc/>
    Task<SegmentSection> IPublished.ReadSectionAsync(SectionRef section, StreamId stream, CancellationToken cancellationToken) =>
        _attached!.Store.Store.ReadSectionAsync(section, stream, cancellationToken);

    /// <summary>The deletion of a stream is durable: its root goes.</summary>
    public void OnDeleted(StreamId stream) => _offloader.Remove(stream);

    /// <summary>A WAL file was begun: those that hold up the oldest ones go first when it gets tight. Never blocks.</summary>
    public void OnFileBegun()
    {
        // Without workers there is nobody who could be hurried.
        if (_settings.Host.BackgroundOffload)
            ThreadPool.UnsafeQueueUserWorkItem(static store => store.Relieve(), this, preferLocal: false);
    }

    /// <summary>Everything that is ready, on the caller's thread; for a node without workers.</summary>
    public Task RunAsync(CancellationToken cancellationToken = default) => _offloader.RunAsync(cancellationToken);

    /// <summary>Everything that is dirty, on the caller's thread; for a node without workers.</summary>
    public async Task OffloadAllAsync(CancellationToken cancellationToken = default)
    {
        // Twice: a cut that failed before is carried to its end first, and what came behind it is another one.
        for (var turn = 0; turn < 2; turn++)
        {
            _context.Schedule.MakeAllReady();
            await _offloader.RunAsync(cancellationToken);
        }
    }

    /// <summary>Offloads what the time allows, and stops. Never throws.</summary>
    public async Task StopAsync(bool drain)
    {
        await _stop.CancelAsync();
        await _attaching;
        await _sweeping;
        await _offloader.StopAsync(drain && _refusal is null ? _context.Options.DrainTimeout : TimeSpan.Zero);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweep.Dispose();
        Reading.Dispose();
        _offloader.Dispose();
        _stop.Dispose();
    }

    /// <summary>
    /// The attachment finds the roots of streams that were deleted, but a write of an earlier process may have been under way then, and have brought one back since. The sweep has settled
    /// all pages, so what is there now is all that there will be.
    /// </summary>
    private async Task RemoveForgottenAsync(RootPages roots)
    {
        if (_settings.Catalog.Damage is not null)
            return;

        // In this order: a stream whose root is there was in the catalog before.
        var own = roots.Entries.Where(root => root.Owner == _context.Self).Select(static root => root.Id).ToList();
        var known = _settings.Catalog.Streams.Select(static stream => stream.Id).ToHashSet();
        if (own.TrueForAll(known.Contains))
            return;

        // One that is missing was perhaps deleted only just now: not before that is durable may its root go.
        await _context.Wal.WhenDurableAsync(_context.Wal.End);
        foreach (var stream in own.Where(stream => !known.Contains(stream)))
            _offloader.Remove(stream);
    }

    private void OnSweepDue()
    {
        if (_settings.Host.BackgroundOffload && !_stop.IsCancellationRequested)
            _sweeping = Task.Run(SweepInBackgroundAsync);
    }

    private async Task SweepInBackgroundAsync()
    {
        try
        {
            await SweepAsync(_stop.Token);
        }
        catch (StoreRefusedException refusal)
        {
            OnRefused(refusal);
            return;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error) when (error is BlobStoreException or StoreFormatException or OperationCanceledException or LogException)
        {
            _settings.Logger.LogWarning(error, "What nothing names in the store could not be deleted; it is tried again later");
        }

        if (!_stop.IsCancellationRequested)
            _sweep.Change(_context.Options.SweepEvery, Timeout.InfiniteTimeSpan);
    }

    private void Relieve()
    {
        if (_pinned.UnderPressure() is { Count: > 0 } streams)
            _context.Schedule.Hurry(streams);
    }

    private async Task KeepAttachingAsync()
    {
        var delay = new RetryDelay(_context.Options.RetryFrom, _context.Options.RetryTo, _context.Self.Node);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await AttachAsync(_stop.Token);
                return;
            }
            catch (StoreRefusedException refusal)
            {
                OnRefused(refusal);
                return;
            }
            catch (Exception error) when (error is BlobStoreException or OperationCanceledException or LogException)
            {
                _failure = error.Message;
                await Task.Delay(delay.Next(error), _context.Time, _stop.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private void OnPublished(StreamPipeline stream, WalPosition? oldest, PackedSnapshot snapshot)
    {
        if (oldest is { } position)
            _settings.Freed(position);
    }

    private void OnRefused(StoreRefusedException refusal)
    {
        _refusal = refusal;
        _settings.Refused(refusal);
    }

    private sealed record Attached(AttachedStore Store, RootPages Roots, StoreSweeper Sweeper, RetentionKeeper Retention);
}

/// <summary>What a node gives to its side of the store.</summary>
internal sealed record NodeStoreSettings
{
    public required LogNodeOptions Options { get; init; }

    public required LogNodeHost Host { get; init; }

    public required ILogger Logger { get; init; }

    public required LogNodeInstruments Instruments { get; init; }

    public required WriteAheadLog Wal { get; init; }

    public required Catalog.StreamCatalog Catalog { get; init; }

    /// <summary>Ages, for what cannot be undone.</summary>
    public required LogClock Clock { get; init; }

    /// <summary>Called when the record at a position, the oldest of its stream, is not needed any longer.</summary>
    public required Action<WalPosition> Freed { get; init; }

    /// <summary>Called when the node must not work with the store.</summary>
    public required Action<StoreRefusedException> Refused { get; init; }
}
