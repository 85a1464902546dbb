using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// The producers that a stream remembers. It is changed only together with an entry of the stream's log (an append's stamp, or an expiry), so the
/// log alone rebuilds it. Bounded by <see cref="StreamBounds.Producers"/>: a full table rejects new producers. It forgets none before its expiry, because a
/// repeated batch of one that is forgotten is stored twice. Guarded by the stream's lock.
/// </summary>
internal sealed class ProducerTable
{
    /// <summary>Most producers that one entry forgets.</summary>
    public const int ForgottenAtOnce = 4_096;

    // A full table is walked no more often than this, in milliseconds; any other every 64th part of the expiry.
    private const long WalkWhenFull = 1_000;
    private const long Never = long.MinValue / 4;

    private readonly Dictionary<string, Producer> _producers = new(StringComparer.Ordinal);

    // Of the last walk: when it was, and a time before which no producer was seen last.
    private long _walked = Never;
    private long _oldest = Never;

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

    /// <summary>Forgets producers; returns how many of them it knew.</summary>
    public int Forget(IEnumerable<string> ids)
    {
        var before = _producers.Count;
        foreach (var id in ids)
            _producers.Remove(id);

        return before - _producers.Count;
    }

    /// <summary>May some have been silent for longer than the expiry, in milliseconds? Cheap; true no more often than a walk is worth it.</summary>
    public bool MayHaveSilent(LogClock clock, long uptime, long expiry, bool full) =>
        clock.Age(_oldest) > expiry && uptime - _walked >= (full ? Math.Min(WalkWhenFull, expiry / 64) : expiry / 64);

    /// <summary>Has one been silent for longer than the expiry, in milliseconds? Walks the table unless the last walk tells.</summary>
    public bool HasSilent(LogClock clock, long expiry)
    {
        if (clock.Age(_oldest) > expiry)
            _oldest = _producers.Count == 0 ? clock.Uptime : _producers.Values.Min(static producer => producer.LastSeen);

        return clock.Age(_oldest) > expiry;
    }

    /// <summary>What the last walk found was not forgotten: the next one is to find it again.</summary>
    public void KeepSilent() => _oldest = Never;

    /// <summary>Walks the table for those that have been silent for longer than the expiry, in milliseconds: at most <see cref="ForgottenAtOnce"/>.</summary>
    public List<string> Silent(LogClock clock, long uptime, long expiry)
    {
        var silent = new List<string>();
        var oldest = uptime;
        foreach (var producer in _producers.Values)
        {
            if (clock.Age(producer.LastSeen) > expiry && silent.Count < ForgottenAtOnce)
                silent.Add(producer.Id);
            else
                oldest = Math.Min(oldest, producer.LastSeen);
        }

        (_walked, _oldest) = (silent.Count < ForgottenAtOnce ? uptime : Never, oldest);
        return silent;
    }

    /// <summary>The table as it is kept in a checkpoint.</summary>
    public IReadOnlyList<ProducerCheckpoint> Capture(LogClock clock)
    {
        var now = clock.Now;
        var producers = new ProducerCheckpoint[_producers.Count];
        var i = 0;
        foreach (var producer in _producers.Values)
            producers[i++] = producer.Capture(now - clock.Age(producer.LastSeen));

        return producers;
    }
}
