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
    public List<ModelRecord> Records { get; } = [];

    public long Head { get; set; }

    public long Tail => Records.Count;

    public bool Sealed { get; set; }

    public string Token { get; set; } = string.Empty;

    public SortedDictionary<string, ModelProducer> Producers { get; } = new(StringComparer.Ordinal);

    public StreamState Clone()
    {
        var copy = new StreamState { Head = Head, Sealed = Sealed, Token = Token };
        copy.Records.AddRange(Records);
        foreach (var (id, producer) in Producers)
            copy.Producers.Add(id, producer);

        return copy;
    }
}
