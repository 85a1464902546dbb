using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Puts a node together again: the checkpoint that the control slot names, then every live entry of the WAL in order. An entry changes a stream's state
/// if it does not lie below the stream's as-of; all entries tell where records stand. For one thread, once.
/// <para>Damage is attributed at the end. A stream that goes on behind a damaged place, or was captured behind it, shows by its own dense entry
/// numbers whether it lost anything there, and what. Of any other stream nobody can tell whether its last entries lay there: it is suspect.</para>
/// </summary>
internal sealed class NodeRecovery(IDisk disk, ILogger logger, LogClock clock, Func<WriteAheadLog, StreamCatalog> newCatalog) : IWalReplay
{
    private readonly HashSet<StreamId> _unknown = [];
    private WalPosition _catalogProvedThrough;
    private WalPosition _damagedThrough;
    private WalPosition _lastEntry;
    private WalPosition _lastCapture;
    private StreamCatalog? _catalog;

    /// <summary>The catalog with its streams; complete after <see cref="Complete"/>.</summary>
    public StreamCatalog Catalog => _catalog ?? throw new InvalidOperationException("The WAL has not been opened.");

    /// <summary>The checkpoint that was used.</summary>
    public WalCheckpoint Checkpoint { get; private set; }

    /// <summary>Length of its file in bytes.</summary>
    public long CheckpointBytes { get; private set; }

    /// <summary>Streams of which there are entries and that the catalog does not know.</summary>
    public int UnknownStreams => _unknown.Count;

    /// <summary>Does the checkpoint say everything that the log says?</summary>
    public bool CheckpointIsComplete => _lastEntry < Checkpoint.Position;

    /// <summary>
    /// The log is damaged, and the checkpoint proves that nothing stood there which it does not know. It proves that of a clean shutdown only, so
    /// another checkpoint must say it before the log goes on for long.
    /// </summary>
    public bool IsProvedByCheckpoint => _damagedThrough > WalPosition.None && SuspectStreams == 0 && Catalog.Damage is null;

    /// <summary>Streams whose end is not proved, found at this start.</summary>
    public int SuspectStreams { get; private set; }

    /// <inheritdoc/>
    public void OnStart(WriteAheadLog wal, in WalCheckpoint checkpoint)
    {
        _catalog = newCatalog(wal);
        Checkpoint = checkpoint;
        if (checkpoint != WalCheckpoint.None)
            CheckpointBytes = CheckpointLoader.Load(disk, wal.WalId, checkpoint, Begin, Restore);
    }

    /// <inheritdoc/>
    public void OnEntry(WalPosition position, WalPosition next, in WalEntry entry, ReadOnlySpan<byte> body)
    {
        _lastEntry = position;
        if (entry.Stream == CatalogEntry.CatalogStream)
        {
            Catalog.Replay(position, entry, body);
            _catalogProvedThrough = position;
        }
        else if (Known(position, entry.Stream) is { } stream)
        {
            Replay(stream, position, entry, body);
        }
    }

    /// <inheritdoc/>
    public void OnDamagedEntry(WalPosition position, WalPosition next, in WalEntry entry)
    {
        _lastEntry = position;
        if (entry.Stream == CatalogEntry.CatalogStream)
        {
            Catalog.ReplayDamaged(position, entry);
            _catalogProvedThrough = position;
        }
        else if (Known(position, entry.Stream) is { } stream)
        {
            stream.ReplayDamaged(position, entry);
        }
    }

    /// <inheritdoc/>
    public void OnDamage(WalPosition from, WalPosition to) => _damagedThrough = to;

    /// <summary>Streams that come from elsewhere, into a directory that has none; nothing of them stands in the WAL.</summary>
    public void Add(IEnumerable<CheckpointStream> streams)
    {
        foreach (var stream in streams)
        {
            var recovering = Catalog.Restore(stream.Entry!);
            recovering.Stream.Pipeline.Restore(stream.State);
            recovering.ProvedThrough = _damagedThrough;
        }
    }

    /// <summary>Everything was replayed; writing goes on at the end given.</summary>
    public void Complete(WalPosition end)
    {
        // What is written below an as-of is ignored by the next replay, so nothing may be. It cannot come to that unless the end of the log was taken away.
        if (end < _lastCapture)
        {
            throw new DataDirectoryException(
                DataDirectoryProblem.BadCheckpoint,
                $"The log ends at {end}, and checkpoint {Checkpoint.Sequence} was captured up to {_lastCapture}: the end of the log is missing.");
        }

        if (Proved(_catalogProvedThrough, Catalog.AsOf) < _damagedThrough)
            Catalog.MarkDamaged($"Entries of the catalog may have stood in the damaged part of the log below {_damagedThrough}.");

        if (_unknown.Count > 0)
            Catalog.MarkDamaged($"There are entries of {_unknown.Count} streams that the catalog does not know.");

        foreach (var recovering in Catalog.Recovering)
        {
            var pipeline = recovering.Stream.Pipeline;
            if (recovering.ProvedThrough < _damagedThrough)
            {
                pipeline.MarkSuspect();
                SuspectStreams++;
            }

            pipeline.CompleteRecovery();
        }

        Catalog.CompleteRecovery();

        // A process died before its first checkpoint, or the streams come from a store: they are at least as old as they say.
        if (Checkpoint == WalCheckpoint.None && Catalog.Count > 0)
            clock.Begin(Catalog.Streams.Max(static stream => stream.Entry.CreatedAt));
    }

    // Earlier versions did not write the time that is known, but when they wrote.
    private void Begin(CheckpointHeader header) => clock.Begin(header.KnownTime > 0 ? header.KnownTime : header.WrittenAt);

    private void Restore(CheckpointStream stream)
    {
        if (stream.State.AsOf > _lastCapture)
            _lastCapture = stream.State.AsOf;

        if (stream.Entry is null)
        {
            Catalog.Restore(stream.State);
            return;
        }

        var recovering = Catalog.Restore(stream.Entry);
        recovering.Stream.Pipeline.Restore(stream.State);
        recovering.ProvedThrough = stream.State.AsOf;
    }

    private void Replay(StreamPipeline stream, WalPosition position, in WalEntry entry, ReadOnlySpan<byte> body)
    {
        try
        {
            stream.Replay(position, entry, body);
        }
        catch (LogException error) when (error.Code == LogErrorCode.Corrupt)
        {
            // Its checksum held, so it was written so, by a defect. One stream pays for that, and not the node.
            logger.LogError(error, "Entry {Entry} of stream {Stream} at {Position} cannot be understood", entry.Entry, entry.Stream, position);
            stream.MarkSuspect();
        }
    }

    private StreamPipeline? Known(WalPosition position, StreamId id)
    {
        if (Catalog.Find(id) is { } recovering)
        {
            if (recovering.ProvedThrough < position)
                recovering.ProvedThrough = position;

            return recovering.Stream.Pipeline;
        }

        // Below the catalog's as-of it is what is left of a stream that was deleted; behind it, one of the last entries of a stream whose deletion was just
        // replayed (the two race for their places). Otherwise the stream's creation is lost.
        if (position >= Catalog.AsOf && !Catalog.WasDeleted(id))
            _unknown.Add(id);

        return null;
    }

    private static WalPosition Proved(WalPosition lastEntry, WalPosition asOf) => lastEntry > asOf ? lastEntry : asOf;
}
