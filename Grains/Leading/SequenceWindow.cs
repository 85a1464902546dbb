using System.Diagnostics.CodeAnalysis;
using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains.Leading;

/// <summary>
/// Puts batches of one producer back in order that overtook each other on their way to the grain. One that comes before its predecessor is held, not refused, until the predecessor has its place or the patience is over; then it is answered as the
/// stream answers it. Bounded: at most <see cref="Reach"/> sequences ahead, and <see cref="Capacity"/> calls and <see cref="CapacityBytes"/> in all. For the grain's own thread.
/// </summary>
internal sealed class SequenceWindow(TimeProvider time)
{
    /// <summary>How far ahead of the expected sequence a batch may be to be held: as many as an appender has on their way.</summary>
    public const int Reach = 8;

    /// <summary>Most calls held.</summary>
    public const int Capacity = 256;

    /// <summary>Most bytes of records held.</summary>
    public const long CapacityBytes = 16L * 1024 * 1024;

    /// <summary>How long a call is held.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(string Producer, int Epoch, long Sequence), HeldCall> _held = [];
    private long _bytes;

    /// <summary>Number of calls held.</summary>
    public int Count => _held.Count;

    /// <summary>Holds a call that was refused with a gap; false if that is not for the window to mend.</summary>
    /// <param name="call">The call.</param>
    /// <param name="gap">The refusal, which is the answer if nothing comes in between.</param>
    /// <param name="outcome">What becomes of it.</param>
    public bool TryHold(AppendCall call, LogException gap, [NotNullWhen(true)] out Task<AppendResult>? outcome)
    {
        outcome = null;
        if (call.Conditions.Producer is not { } stamp
            || gap is not { Code: LogErrorCode.ProducerGap, Facts: { ExpectedSequence: { } expected } }
            || stamp.Sequence <= expected || stamp.Sequence - expected >= Reach
            || _held.Count >= Capacity || _bytes + call.Records.ByteCount > CapacityBytes)
        {
            return false;
        }

        var held = new HeldCall(call, gap);
        if (!_held.TryAdd((stamp.Id, stamp.Epoch, stamp.Sequence), held))
            return false;

        _bytes += call.Records.ByteCount;
        held.Patience = time.CreateTimer(static held => ((HeldCall)held!).GiveUp(), held, Patience, Timeout.InfiniteTimeSpan);
        outcome = held.Outcome.Task;
        return true;
    }

    /// <summary>A batch has its place: the call that was waiting for just that, or null.</summary>
    public HeldCall? TakeNext(in ProducerStamp placed)
    {
        if (_held.Count == 0 || !_held.Remove((placed.Id, placed.Epoch, placed.Sequence + 1), out var held))
            return null;

        _bytes -= held.Call.Records.ByteCount;
        return held.TryClaim() ? held : null;
    }

    /// <summary>Forgets the calls whose patience is over; they are answered already.</summary>
    public void Sweep()
    {
        foreach (var (key, held) in _held.Where(static pair => pair.Value.Outcome.Task.IsCompleted).ToList())
        {
            _held.Remove(key);
            _bytes -= held.Call.Records.ByteCount;
        }
    }

    /// <summary>A call that waits for the one before it.</summary>
    internal sealed class HeldCall(AppendCall call, LogException gap)
    {
        private int _claimed;

        /// <summary>The call.</summary>
        public AppendCall Call { get; } = call;

        /// <summary>What it is answered with.</summary>
        public TaskCompletionSource<AppendResult> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends its patience.</summary>
        public ITimer? Patience { get; set; }

        /// <summary>The predecessor did not come: the call is answered, and must not be placed any more.</summary>
        public void GiveUp()
        {
            if (TryClaim())
                Outcome.SetException(gap);
        }

        /// <summary>Takes the call for good: either its patience ends it, or it gets its place.</summary>
        public bool TryClaim()
        {
            Patience?.Dispose();
            return Interlocked.Exchange(ref _claimed, 1) == 0;
        }
    }
}
