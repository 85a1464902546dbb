using System.Text;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>What one stream's caller asked for and was told, and what it therefore must find.</summary>
internal sealed class OffloadModel(string name)
{
    private readonly Dictionary<long, string> _there = [];
    private readonly HashSet<long> _given = [];
    private readonly List<(int First, int Count)> _batches = [];
    private readonly Dictionary<string, long> _placeOf = [];
    private int _texts;
    private long _trimmed;
    private long _mayBeTrimmed;

    public string Name { get; } = name;

    public StreamName StreamName { get; } = StreamName.Parse(name);

    /// <summary>The stream of the running node, or null.</summary>
    public ILogStream? Stream { get; set; }

    /// <summary>Batches under way, the oldest first.</summary>
    public List<(long Sequence, Task<AppendResult> Call)> Pending { get; } = [];

    public List<(long Head, Task<StreamPosition> Call)> Trims { get; } = [];

    public long Tail { get; private set; }

    public int Results { get; private set; }

    /// <summary>The next batch of the stream's one producer.</summary>
    public (long Sequence, RecordBatch Batch) Next(Random random, int scale)
    {
        var count = 1 + random.Next(3);
        _batches.Add((_texts, count));
        _texts += count;
        return (_batches.Count - 1, Batch(_batches.Count - 1, random.Next(20 * scale)));
    }

    /// <summary>The same batch again.</summary>
    public RecordBatch Batch(long sequence, int filler = 0)
    {
        var (first, count) = _batches[(int)sequence];
        return new RecordBatch((ReadOnlyMemory<AppendRecord>)Enumerable.Range(first, count)
            .Select(text => new AppendRecord(Encoding.ASCII.GetBytes($"{Name}/{text}".PadRight(Name.Length + 8 + filler)))).ToArray());
    }

    public static AppendConditions Conditions(long sequence) => new(Producer: new ProducerStamp("p", 1, sequence));

    /// <summary>A batch was acknowledged.</summary>
    public void Appended(long sequence, in AppendResult result)
    {
        var (first, count) = _batches[(int)sequence];
        if (result.End - result.Start != count)
            throw Broken($"batch {sequence} of {count} records was answered with {result}");

        for (var i = 0; i < count; i++)
        {
            var (lsn, text) = (result.Start + i, $"{Name}/{first + i}");
            if (_placeOf.TryGetValue(text, out var place) ? place != lsn : !_given.Add(lsn))
                throw Broken($"{text} was given LSN {lsn}, which was given before");

            (_there[lsn], _placeOf[text]) = (text, lsn);
        }

        Tail = Math.Max(Tail, result.End);
        Results++;
    }

    public void Trim(long head) => _mayBeTrimmed = Math.Max(_mayBeTrimmed, head);

    public void Trimmed(long head) => _trimmed = Math.Max(_trimmed, head);

    /// <summary>What a new process finds. What it finds of what was under way is there from now on.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="tail">Its tail.</param>
    /// <param name="found">Every record from the head on.</param>
    public void Match(long head, long tail, IReadOnlyDictionary<long, string> found)
    {
        if (tail < Tail || head < _trimmed || head > Math.Max(_trimmed, _mayBeTrimmed))
            throw Broken($"head {head}, tail {tail} where tail {Tail}, head {_trimmed} to {_mayBeTrimmed} were told");

        foreach (var (lsn, text) in _there)
        {
            if (lsn >= head && (!found.TryGetValue(lsn, out var there) || there != text))
                throw Broken($"record {lsn} was {text} and is {found.GetValueOrDefault(lsn) ?? "not there"}");
        }

        foreach (var (lsn, text) in found.OrderBy(static item => item.Key))
        {
            if (_placeOf.TryGetValue(text, out var place) && place != lsn)
                throw Broken($"{text} is at {place} and at {lsn}");

            (_there[lsn], _placeOf[text]) = (text, lsn);
            _given.Add(lsn);
        }

        (Tail, _trimmed, _mayBeTrimmed) = (tail, head, head);
    }

    /// <summary>Everything behind an LSN is lost with the disk, and so is what was under way. The producer goes on with the first batch that is not in the snapshot.</summary>
    /// <param name="end">Everything below is in the store.</param>
    /// <param name="tail">Where the stream goes on.</param>
    /// <param name="found">What is in the store, which may be more than was acknowledged.</param>
    public void Lose(long end, long tail, IEnumerable<(long Lsn, string Text)> found)
    {
        foreach (var (lsn, text) in found)
            (_there[lsn], _placeOf[text.TrimEnd()]) = (text.TrimEnd(), lsn);

        foreach (var (lsn, text) in _there.Where(item => item.Key >= end).ToList())
        {
            _there.Remove(lsn);
            _placeOf.Remove(text);
        }

        var kept = _batches.FindIndex(batch => !_placeOf.ContainsKey($"{Name}/{batch.First}"));
        if (kept >= 0)
            _batches.RemoveRange(kept, _batches.Count - kept);

        (Tail, _mayBeTrimmed, _trimmed) = (tail, Math.Max(_mayBeTrimmed, _trimmed), 0);
        Pending.Clear();
        Trims.Clear();
    }

    /// <summary>The stream itself is lost: nothing of it was published.</summary>
    public OffloadModel Anew() => new(Name);

    /// <summary>Where a batch stands, or null if it is not known to be there.</summary>
    public long? PlaceOf(long sequence) => _placeOf.TryGetValue($"{Name}/{_batches[(int)sequence].First}", out var place) ? place : null;

    public BrokenPromiseException Broken(string what) => new($"{Name}: {what}.");
}
