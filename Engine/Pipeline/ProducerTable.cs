using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// The producers that a stream remembers. It is changed only together with an entry of the stream's log (an append's stamp, or an expiry), so the
/// log alone rebuilds it. Bounded: when it is full, those that were silent for longest give way. Guarded by the stream's lock.
/// </summary>
internal sealed class ProducerTable
{
    /// <summary>Most producers of one stream; at about 600 bytes each. More than that many appenders writing to one stream at once is no use that we know.</summary>
    public const int Capacity = 4_096;

    /// <summary>How many give way at once, so that a full table costs one scan per so many new producers.</summary>
    public const int Evicted = Capacity / 16;

    private readonly Dictionary<string, Producer> _producers = new(StringComparer.Ordinal);

    /// <summary>Is there no room for a new producer?</summary>
    public bool IsFull => _producers.Count >= Capacity;

    /// <summary>Number of producers.</summary>
    public int Count => _producers.Count;

    /// <summary>The producer, or null.</summary>
    public Producer? Find(string id) => _producers.GetValueOrDefault(id);

    /// <summary>The producer of a replayed batch; its id is made a string only when it is new.</summary>
    public Producer FindOrAdd(ReadOnlySpan<byte> id)
    {
        Span<char> text = stackalloc char[id.Length];
        for (var i = 0; i < id.Length; i++)
            text[i] = (char)id[i];

        return _producers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var known) ? known : Add(new Producer(text.ToString()));
    }

    /// <summary>Adds a producer.</summary>
    public Producer Add(Producer producer)
    {
        _producers.Add(producer.Id, producer);
        return producer;
    }

    /// <summary>Forgets producers.</summary>
    public void Forget(IEnumerable<string> ids)
    {
        foreach (var id in ids)
            _producers.Remove(id);
    }

    /// <summary>Those that have been silent since a time, in milliseconds since 1970 UTC.</summary>
    public List<string> SilentSince(long time) =>
        [.. _producers.Values.Where(p => p.LastSeen < time).Select(static p => p.Id).Take(Capacity)];

    /// <summary>The <see cref="Evicted"/> that have been silent for longest.</summary>
    public List<string> LongestSilent() =>
        [.. _producers.Values.OrderBy(static p => p.LastSeen).ThenBy(static p => p.Id, StringComparer.Ordinal).Take(Evicted).Select(static p => p.Id)];

    /// <summary>The time since which the most silent one has been silent; the maximum if there is none.</summary>
    public long EarliestSeen() => _producers.Count == 0 ? long.MaxValue : _producers.Values.Min(static p => p.LastSeen);

    /// <summary>The table as it is kept in a checkpoint.</summary>
    public IReadOnlyList<ProducerCheckpoint> Capture() => [.. _producers.Values.Select(static p => p.Capture())];
}
