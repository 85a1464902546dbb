using System.Text;
using Orleans.Log.Client;

namespace Orleans.Log.Process.Faults.Load;

/// <summary>
/// What one writer was told: which of its records are acknowledged, and where they stand. Every payload names its writer and its number,
/// so that the stream can be compared with the ledger without trusting anything that the server says about itself.
/// </summary>
internal sealed class Ledger(string writer)
{
    private readonly Lock _lock = new();
    private readonly List<(long Number, DateTimeOffset Started, AppendAck Ack)> _acknowledged = [];
    private (int Count, TaskCompletionSource Reached) _goal = (int.MaxValue, new TaskCompletionSource());

    public string Writer { get; } = writer;

    /// <summary>Number of records acknowledged.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _acknowledged.Count;
        }
    }

    /// <summary>A record's payload: its name, then filler up to a size that differs from record to record.</summary>
    public byte[] Payload(long number) => Encoding.ASCII.GetBytes($"{Writer}:{number}:".PadRight(20 + (int)(number * 37 % 400), '.'));

    public void OnAcknowledged(long number, DateTimeOffset started, AppendAck ack)
    {
        lock (_lock)
        {
            _acknowledged.Add((number, started, ack));
            if (_acknowledged.Count >= _goal.Count)
                _goal.Reached.TrySetResult();
        }
    }

    /// <summary>Ends when so many records more than now are acknowledged. One goal at a time.</summary>
    public Task MoreAsync(int records)
    {
        lock (_lock)
        {
            _goal = (_acknowledged.Count + records, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _goal.Reached.Task;
        }
    }

    /// <summary>How many of the records whose append began after that moment are acknowledged.</summary>
    public int AcknowledgedOfThoseStartedAfter(DateTimeOffset moment)
    {
        lock (_lock)
            return _acknowledged.Count(record => record.Started > moment);
    }

    /// <summary>
    /// Compares with a stream read back whole: every acknowledged record stands where the acknowledgement said, none of this writer's
    /// records is there twice, and they stand in the order in which they were written.
    /// </summary>
    public void Verify(IReadOnlyList<string> stream) => Verify(stream.Index().ToDictionary(static record => (long)record.Index, static record => record.Item));

    /// <summary>As the other, of a stream with gaps, by LSN.</summary>
    public void Verify(IDictionary<long, string> stream)
    {
        lock (_lock)
        {
            foreach (var (number, _, ack) in _acknowledged)
            {
                stream.ShouldContainKey(ack.Start, $"{Writer}:{number} was acknowledged at {ack.Start} and is lost");
                stream[ack.Start].ShouldBe(Encoding.ASCII.GetString(Payload(number)), $"at LSN {ack.Start}");
            }
        }

        var numbers = stream.OrderBy(static record => record.Key).Select(static record => record.Value).Where(text => text.StartsWith(Writer + ":", StringComparison.Ordinal))
            .Select(text => long.Parse(text.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        for (var i = 0; i < numbers.Count; i++)
            numbers[i].ShouldBe(i, $"{Writer}'s records must stand once each, in order, without a gap");
    }
}
