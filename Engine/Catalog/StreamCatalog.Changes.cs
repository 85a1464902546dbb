using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Catalog;

/// <summary>Creating, configuring and deleting streams.</summary>
internal sealed partial class StreamCatalog
{
    // Changes ordered and not durable; each holds a completion and little more. Beyond it the caller is asked to come again.
    private const int MaxPending = 10_000;

    private Task? _term;

    /// <summary>Defects planted by a suite.</summary>
    public NodeSabotage Sabotage { get; init; }

    /// <summary>See <see cref="ILogService.EnsureAsync"/>.</summary>
    /// <returns>The stream, and whether it is new.</returns>
    /// <param name="name">The stream.</param>
    /// <param name="patch">What to set.</param>
    /// <param name="condition">What must hold.</param>
    /// <param name="id">Identity of the stream if it is made now; null for a fresh one.</param>
    /// <param name="cancellationToken">Honoured until the change is ordered.</param>
    public async ValueTask<(LogNodeStream Stream, bool Created)> EnsureAsync(
        StreamName name, StreamConfigPatch patch, EnsureCondition condition, StreamId? id, CancellationToken cancellationToken)
    {
        await TakeTermAsync(WalClass.Control);
        cancellationToken.ThrowIfCancellationRequested();
        Ordered ordered;
        lock (_gate)
            ordered = Ensure(name, patch, condition, id);

        if (!Sabotage.Has(NodeSabotage.AnswerCatalogAtOnce))
            await ordered.Settled;

        return ordered.Refusal is { } refusal ? throw refusal : (ordered.Stream!, ordered.Created);
    }

    /// <summary>See <see cref="ILogService.DeleteAsync"/>.</summary>
    public async ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken)
    {
        await TakeTermAsync(_names.TryGetValue(name, out var known) ? RoomToDelete(known) : WalClass.Control);
        cancellationToken.ThrowIfCancellationRequested();
        bool deleted;
        Task settled;
        lock (_gate)
        {
            deleted = _names.TryGetValue(name, out var stream);
            if (deleted)
                Delete(stream!);

            settled = _lastChange;
        }

        await settled;
        return deleted;
    }

    private Ordered Ensure(StreamName name, StreamConfigPatch patch, EnsureCondition condition, StreamId? id)
    {
        _names.TryGetValue(name, out var stream);

        // A refusal says something of the stream, so it waits for the change that made it true like any other answer.
        if (Refusal(name, stream, condition) is { } refusal)
            return new Ordered(_lastChange, Refusal: refusal);

        var config = patch.ApplyTo(stream?.Entry.Config ?? StreamConfig.Default);
        if (stream is null)
            return Create(name, config, id ?? _newId());

        if (config.Equals(stream.Entry.Config))
            return new Ordered(stream.Settled, stream);

        var version = stream.Entry.ConfigVersion + 1;
        var body = new StreamConfigured(stream.Id, version, config);
        var entry = Append(WalEntryType.StreamConfigured, WalClass.Append, body);
        stream.Entry = stream.Entry with { Config = config, ConfigVersion = version };
        stream.MarkChanged();
        return new Ordered(Changed(entry, stream, config), stream);
    }

    private Ordered Create(StreamName name, StreamConfig config, StreamId id)
    {
        var body = new StreamCreated(id, name, config);
        var entry = Append(WalEntryType.StreamCreated, WalClass.Append, body);
        var stream = _newStream(new CatalogEntry(name, body.Id, config, ConfigVersion: 1, entry.Timestamp));

        // The change is attached before the stream can be found, so that nobody finds it settled.
        var settled = Changed(entry, stream, config: null);
        _names[name] = stream;
        _sorted.Add(stream);
        stream.MarkChanged();
        return new Ordered(settled, stream, Created: true);
    }

    private void Delete(LogNodeStream stream)
    {
        var entry = Append(WalEntryType.StreamDeleted, RoomToDelete(stream), new StreamDeleted(stream.Id));
        _ = Changed(entry, stream, config: null);
        _names.TryRemove(stream.Name, out _);
        _sorted.Remove(stream);

        // Under the catalog's lock, so that no entry of the stream stands behind a capture of the catalog that does not contain the stream:
        // replay may then take an entry of an unknown stream for damage.
        stream.Delete();
    }

    /// <summary>A stream that needs the oldest WAL file makes room by going, so there is room for its deletion.</summary>
    private WalClass RoomToDelete(LogNodeStream stream) =>
        stream.Pipeline.OldestLive is { } oldest && oldest.File <= _wal.Head.File ? WalClass.Relief : WalClass.Control;

    private static LogException? Refusal(StreamName name, LogNodeStream? stream, EnsureCondition condition) => (stream, condition) switch
    {
        (not null, { MustBeNew: true }) => new LogException(LogErrorCode.StreamExists, $"Stream {name} exists."),
        (null, { MustExist: true } or { ConfigVersion: not null }) => NotFound(name),
        (not null, { ConfigVersion: { } version }) when version != stream.Entry.ConfigVersion => new LogException(
            LogErrorCode.ConfigMismatch,
            $"The configuration has version {stream.Entry.ConfigVersion} and not {version}.",
            new LogErrorFacts(ConfigVersion: stream.Entry.ConfigVersion)),
        _ => null,
    };

    public static LogException NotFound(StreamName name) => new(LogErrorCode.StreamNotFound, $"There is no stream {name}.");

    private WalEntry Append<TBody>(WalEntryType type, WalClass cls, in TBody body)
        where TBody : struct, IWalBody
    {
        if (Damage is not null)
            throw new LogException(LogErrorCode.Corrupt, Damage);

        if (_pending.Count >= MaxPending)
        {
            throw new LogException(
                LogErrorCode.Overloaded, "Too many changes of the catalog are in flight.", new LogErrorFacts(Limit: MaxPending, Unit: "changes"));
        }

        Admission.ThrowIfRefused(_wal.TryAdmit(body.Length, cls));
        var entry = new WalEntry(
            type,
            WalEntryFlags.None,
            CatalogEntry.CatalogStream,
            _replica.Tenure.Term,
            _replica.Tenure.Generation,
            Count: 0,
            Lsn: 0,
            _replica.AcceptedEntry + 1,
            _time.GetUtcNow().ToUnixTimeMilliseconds());
        _replica.Append(entry, body);
        return entry;
    }

    private Task Changed(in WalEntry entry, LogNodeStream stream, StreamConfig? config)
    {
        var change = new CatalogChange(entry.Entry, stream, config);
        _pending.Enqueue(change);
        stream.Settled = change.Settled;
        _lastChange = change.Settled;
        return change.Settled;
    }

    /// <summary>Takes the journal's term before its first change; calls share one attempt, and one that failed is made anew.</summary>
    private Task TakeTermAsync(WalClass room)
    {
        lock (_gate)
        {
            if (Damage is null && _term is null or { IsFaulted: true })
                _term = _replica.TakeTermAsync(_replica.Tenure with { Term = _replica.Tenure.Term + 1 }, room);

            return _term ?? Task.CompletedTask;
        }
    }

    /// <summary>What was decided under the lock, and what must be durable before the caller is told.</summary>
    private readonly record struct Ordered(Task Settled, LogNodeStream? Stream = null, bool Created = false, LogException? Refusal = null);
}
