using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// What a stream remembers of one producer: its epoch, its last sequence, and where its last <see cref="Remembered"/> batches stand. Sequences of
/// an epoch are dense, so a sequence's place in the ring is its remainder.
/// </summary>
internal sealed class Producer(string id)
{
    /// <summary>
    /// How many batches of a producer can be recognized and answered with their positions. An appender has at most 8 in flight, and a front may hold
    /// as many again that it has sent on; a power of two, for the ring.
    /// </summary>
    public const int Remembered = 16;

    private ProducerBatch[] _ring = new ProducerBatch[1];
    private long _oldest;

    /// <summary>Its name.</summary>
    public string Id { get; } = id;

    /// <summary>Highest epoch seen.</summary>
    public int Epoch { get; private set; }

    /// <summary>Last sequence taken in that epoch; −1 before the first.</summary>
    public long LastSequence { get; private set; } = -1;

    /// <summary>Uptime (<see cref="LogClock"/>) at which it last wrote; 0 or less if that was before the start.</summary>
    public long LastSeen { get; private set; }

    /// <summary>Where a batch of the present epoch stands, or null if that is no longer known.</summary>
    public ProducerBatch? Find(long sequence) =>
        sequence >= _oldest && sequence <= LastSequence ? _ring[sequence & (_ring.Length - 1)] : null;

    /// <summary>Takes the next batch, or the first of a new epoch.</summary>
    public void Take(int epoch, long sequence, in ProducerBatch batch, long uptime)
    {
        if (epoch != Epoch || sequence != LastSequence + 1)
            _oldest = sequence;

        (Epoch, LastSequence, LastSeen) = (epoch, sequence, uptime);
        if (sequence - _oldest == _ring.Length)
            MakeRoom();

        _ring[sequence & (_ring.Length - 1)] = batch;
    }

    /// <summary>The memory as it is kept in a checkpoint.</summary>
    /// <param name="lastSeen">When it last wrote, in milliseconds since 1970 UTC.</param>
    public ProducerCheckpoint Capture(long lastSeen)
    {
        var results = new ProducerResult[LastSequence - _oldest + 1];
        for (var i = 0; i < results.Length; i++)
        {
            var batch = _ring[(_oldest + i) & (_ring.Length - 1)];
            results[i] = new ProducerResult(batch.Start, batch.Count);
        }

        return new ProducerCheckpoint(Id, Epoch, LastSequence, lastSeen, results);
    }

    /// <summary>The producer of a checkpoint. Its batches are durable, so their entries no longer matter.</summary>
    public static Producer Restore(ProducerCheckpoint state, LogClock clock)
    {
        var producer = new Producer(state.Id);
        var seen = clock.SeenAt(state.LastSeen);
        var first = state.LastSequence - state.Results.Count + 1;
        for (var i = 0; i < state.Results.Count; i++)
            producer.Take(state.Epoch, first + i, new ProducerBatch(state.Results[i].Start, state.Results[i].Count, Entry: 0), seen);

        return producer;
    }

    /// <summary>Doubles the ring while it is small, afterwards forgets the oldest batch: most producers never fill it.</summary>
    private void MakeRoom()
    {
        if (_ring.Length == Remembered)
        {
            _oldest++;
            return;
        }

        var larger = new ProducerBatch[_ring.Length * 2];
        for (var sequence = _oldest; sequence < LastSequence; sequence++)
            larger[sequence & (larger.Length - 1)] = _ring[sequence & (_ring.Length - 1)];

        _ring = larger;
    }
}

/// <summary>Where a batch of a producer stands.</summary>
/// <param name="Start">LSN of its first record.</param>
/// <param name="Count">Number of its records.</param>
/// <param name="Entry">Its entry: the batch is committed once that is.</param>
internal readonly record struct ProducerBatch(long Start, int Count, long Entry);
