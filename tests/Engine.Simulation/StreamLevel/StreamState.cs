namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>A record as the model keeps it.</summary>
internal sealed record ModelRecord(byte[] Payload, string? Header, long? Timestamp)
{
    public bool Equals(ModelRecord? other) =>
        other is not null && Payload.AsSpan().SequenceEqual(other.Payload) && Header == other.Header;

    public override int GetHashCode() => HashCode.Combine(Payload.Length, Header);
}

/// <summary>What a producer wrote last: its epoch and where its batches stand, by sequence.</summary>
internal sealed record ModelProducer(int Epoch, IReadOnlyList<(long Start, int Count)> Batches);

/// <summary>A stream after some of its operations, by the plainest means.</summary>
internal sealed class StreamState
{
    // LSNs that a rebuilt stream leaves out, ascending: there is no record at any of them, and never will be.
    private readonly List<(long From, long To)> _leftOut = [];

    public List<ModelRecord> Records { get; } = [];

    public long Head { get; set; }

    public long Tail => Records.Count + _leftOut.Sum(static range => range.To - range.From);

    public bool Sealed { get; set; }

    public string Token { get; set; } = string.Empty;

    public SortedDictionary<string, ModelProducer> Producers { get; } = new(StringComparer.Ordinal);

    /// <summary>Goes on behind so many LSNs.</summary>
    public void LeaveOut(long count) => _leftOut.Add((Tail, Tail + count));

    /// <summary>LSN of the record of that number; the tail for the number of records.</summary>
    public long LsnOf(long number)
    {
        foreach (var (from, to) in _leftOut)
            number += number >= from ? to - from : 0;

        return number;
    }

    /// <summary>How many records there ever were below an LSN.</summary>
    public long RecordsBelow(long lsn) => lsn - _leftOut.Sum(range => Math.Clamp(lsn - range.From, 0, range.To - range.From));

    /// <summary>The records that can be read.</summary>
    public IEnumerable<(long Lsn, ModelRecord Record)> Readable()
    {
        for (var number = (int)RecordsBelow(Head); number < Records.Count; number++)
            yield return (LsnOf(number), Records[number]);
    }

    public StreamState Clone()
    {
        var copy = new StreamState { Head = Head, Sealed = Sealed, Token = Token };
        copy._leftOut.AddRange(_leftOut);
        copy.Records.AddRange(Records);
        foreach (var (id, producer) in Producers)
            copy.Producers.Add(id, producer);

        return copy;
    }
}
