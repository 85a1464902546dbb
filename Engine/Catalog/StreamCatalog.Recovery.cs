using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Catalog;

/// <summary>Rebuilding the map from a checkpoint and the journal behind it. For one thread, before anything else.</summary>
internal sealed partial class StreamCatalog
{
    private readonly Dictionary<StreamId, RecoveringStream> _recovering = [];
    private readonly HashSet<StreamId> _deleted = [];

    /// <summary>Every entry of the journal below is contained in what was restored.</summary>
    public WalPosition AsOf { get; private set; }

    /// <summary>Recovery: the journal's own state from a checkpoint.</summary>
    public void Restore(StreamCheckpoint state)
    {
        AsOf = state.AsOf;
        _replica.Restore(state);
        if (state.Suspect)
            MarkDamaged("Entries of the catalog were damaged before the last checkpoint.");
    }

    /// <summary>Recovery: one stream from a checkpoint.</summary>
    public RecoveringStream Restore(CatalogEntry entry) => Put(_newStream(entry));

    /// <summary>Recovery: the stream of an id, if the catalog knows it at this point of the replay.</summary>
    public RecoveringStream? Find(StreamId id) => _recovering.GetValueOrDefault(id);

    /// <summary>Recovery: was the deletion of that stream replayed?</summary>
    public bool WasDeleted(StreamId id) => _deleted.Contains(id);

    /// <summary>Recovery: the streams known.</summary>
    public IEnumerable<RecoveringStream> Recovering => _recovering.Values;

    /// <summary>Recovery: one entry of the journal.</summary>
    public void Replay(WalPosition position, in WalEntry entry, ReadOnlySpan<byte> body)
    {
        if (position < AsOf)
            return;

        if (entry.Entry != _replica.AcceptedEntry + 1)
            MarkDamaged($"The catalog's entries {_replica.AcceptedEntry + 1} to {entry.Entry - 1} are lost.");

        _replica.Replay(entry);
        try
        {
            Apply(entry, body);
        }
        catch (InvalidDataException error)
        {
            // Its checksum held, so it was written so: by a defect, and what it meant is not known.
            MarkDamaged($"The catalog's entry {entry.Entry} cannot be understood: {error.Message}");
        }
    }

    /// <summary>Recovery: an entry of the journal whose header holds and whose body is lost.</summary>
    public void ReplayDamaged(WalPosition position, in WalEntry entry)
    {
        if (position < AsOf)
            return;

        _replica.Replay(entry);
        MarkDamaged($"The catalog's entry {entry.Entry} is damaged.");
    }

    /// <summary>Recovery: what is known may not be all. Existing streams work; changes are refused.</summary>
    public void MarkDamaged(string why) => Damage ??= why + " A name may be taken by a stream that is not known, so the catalog takes no changes.";

    /// <summary>Recovery is over.</summary>
    public void CompleteRecovery()
    {
        _sorted.Load(_names.Values);
        _recovering.Clear();
        _recovering.TrimExcess();
        _deleted.Clear();
        _deleted.TrimExcess();
    }

    private void Apply(in WalEntry entry, ReadOnlySpan<byte> body)
    {
        switch (entry.Type)
        {
            case WalEntryType.StreamCreated:
                var created = StreamCreated.Read(body);
                Put(_newStream(new CatalogEntry(created.Name, created.Id, created.Config, ConfigVersion: 1, entry.Timestamp)));
                break;
            case WalEntryType.StreamConfigured:
                var configured = StreamConfigured.Read(body);
                if (Find(configured.Id)?.Stream is { } stream)
                {
                    stream.Configure(stream.Entry with { Config = configured.Config, ConfigVersion = configured.Version });
                    stream.Pipeline.RecoverChanged();
                }
                else
                {
                    MarkDamaged($"The catalog's entry {entry.Entry} configures stream {configured.Id}, whose creation is lost.");
                }

                break;
            case WalEntryType.StreamDeleted when Sabotage.Has(NodeSabotage.ForgetDeletions):
                break;
            case WalEntryType.StreamDeleted:
                Remove(StreamDeleted.Read(body).Id);
                break;
            case WalEntryType.Term:
                break;
            default:
                throw new InvalidDataException($"a {entry.Type} has no place in a catalog");
        }
    }

    private RecoveringStream Put(LogNodeStream stream)
    {
        if (!_names.TryAdd(stream.Name, stream))
        {
            // The deletion in between is lost. The newer stream has the name; the older one's entries are then those of an unknown stream.
            MarkDamaged($"Stream {stream.Name} was created twice.");
            _recovering.Remove(_names[stream.Name].Id);
            _names[stream.Name] = stream;
        }

        var recovering = new RecoveringStream(stream);
        _recovering.Add(stream.Id, recovering);
        return recovering;
    }

    private void Remove(StreamId id)
    {
        _deleted.Add(id);
        if (_recovering.Remove(id, out var recovering))
            _names.TryRemove(recovering.Stream.Name, out _);
    }
}

/// <summary>A stream while it is replayed.</summary>
internal sealed class RecoveringStream(LogNodeStream stream)
{
    public LogNodeStream Stream { get; } = stream;

    /// <summary>Up to here its entries are known to be complete: its as-of, or its last entry seen.</summary>
    public WalPosition ProvedThrough { get; set; }
}
