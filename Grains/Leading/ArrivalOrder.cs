using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains.Leading;

/// <summary>
/// Puts the calls of one sender in the order that they were made in. A call that comes early waits for those before it; what does not come in time is waited for no longer. Bounded in calls and bytes: beyond that a
/// call is refused, without effect. For the grain's own thread.
/// </summary>
internal sealed class ArrivalOrder(TimeProvider time, Func<AppendCall, ValueTask<AppendResult>> place)
{
    /// <summary>Most calls that wait.</summary>
    public const int Capacity = 4096;

    /// <summary>Most bytes of records that wait.</summary>
    public const long CapacityBytes = 16L * 1024 * 1024;

    /// <summary>How long a sender's calls wait for one that is missing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Guid, Sender> _senders = [];
    private int _calls;
    private long _bytes;

    /// <summary>There is something for <see cref="Sweep"/> to do one day.</summary>
    public bool IsBusy => _senders.Count > 0;

    /// <summary>Gives the call its place, now or when those before it have theirs.</summary>
    public ValueTask<AppendResult> Arrive(AppendCall call)
    {
        if (call.Order is not { } order || (order.Settled >= order.Number && !_senders.ContainsKey(order.Sender)))
            return place(call);

        if (!_senders.TryGetValue(order.Sender, out var sender))
            _senders.Add(order.Sender, sender = new Sender(order.Settled));

        // What was settled elsewhere, or without this grain, is not waited for.
        sender.Next = Math.Max(sender.Next, order.Settled);
        if (order.Number > sender.Next)
            return Hold(sender, call, order);

        sender.Next = Math.Max(sender.Next, order.Number + 1);
        sender.Since = time.GetTimestamp();
        var placed = place(call);
        Release(sender);
        return placed;
    }

    /// <summary>Goes on without the calls that did not come in time, and forgets the senders of whom nothing was heard since.</summary>
    public void Sweep()
    {
        foreach (var (id, sender) in _senders.ToList())
        {
            if (time.GetElapsedTime(sender.Since) < Patience)
                continue;

            if (sender.Held.Count == 0)
            {
                _senders.Remove(id);
                continue;
            }

            sender.Next = sender.Held.Keys[0];
            Release(sender);
        }
    }

    private ValueTask<AppendResult> Hold(Sender sender, AppendCall call, in SenderOrder order)
    {
        if (_calls >= Capacity || _bytes + call.Records.ByteCount > CapacityBytes || sender.Held.ContainsKey(order.Number))
            return ValueTask.FromException<AppendResult>(new LogException(LogErrorCode.TooManyInFlight, "Too many appends wait for one before them.", new LogErrorFacts(Limit: Capacity, Unit: "appends")));

        if (sender.Held.Count == 0)
            sender.Since = time.GetTimestamp();

        var held = new TaskCompletionSource<AppendResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        sender.Held.Add(order.Number, (call, held));
        (_calls, _bytes) = (_calls + 1, _bytes + call.Records.ByteCount);
        return new(held.Task);
    }

    private void Release(Sender sender)
    {
        while (sender.Held.Count > 0 && sender.Held.Keys[0] <= sender.Next)
        {
            var (call, outcome) = sender.Held.Values[0];
            sender.Held.RemoveAt(0);
            (_calls, _bytes) = (_calls - 1, _bytes - call.Records.ByteCount);
            sender.Next = Math.Max(sender.Next, call.Order!.Value.Number + 1);
            sender.Since = time.GetTimestamp();
            place(call).PassTo(outcome);
        }
    }

    private sealed class Sender(long next)
    {
        /// <summary>The call whose turn it is.</summary>
        public long Next { get; set; } = next;

        /// <summary>When somebody last got a place, or began to wait.</summary>
        public long Since { get; set; }

        /// <summary>Who waits, by number.</summary>
        public SortedList<long, (AppendCall Call, TaskCompletionSource<AppendResult> Outcome)> Held { get; } = [];
    }
}
