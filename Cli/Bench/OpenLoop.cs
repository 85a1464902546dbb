using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// Sends batches at the moments of a fixed schedule, whether or not earlier ones were answered, and measures each from the moment it
/// was due. A stall of the system therefore counts for every batch that should have gone out during it (no coordinated omission).
/// One thread keeps the schedule; when all slots are taken it waits, and what it then sends late counts from when it was due.
/// </summary>
internal sealed class OpenLoop : IDisposable
{
    /// <summary>Sent later than this after it was due, a batch counts as late: beyond what a timer of the system is off by.</summary>
    private const long LateNanoseconds = 1_000_000;

    private readonly IReadOnlyList<IBenchClient> _clients;
    private readonly BenchClock _clock;
    private readonly BenchTally _tally;
    private readonly double _batchesPerSecond;
    private readonly int _slots;
    private readonly ConcurrentBag<Slot> _free = [];
    private readonly SemaphoreSlim _room;
    private Exception? _failure;

    public OpenLoop(IReadOnlyList<IBenchClient> clients, BenchOptions options, BenchClock clock, BenchTally tally)
    {
        (_clients, _clock, _tally) = (clients, clock, tally);
        _batchesPerSecond = options.Rate!.Value / options.Batch;
        _slots = options.Clients * options.Outstanding;
        _room = new SemaphoreSlim(_slots, _slots);
        for (var i = 0; i < _slots; i++)
            _free.Add(new Slot(this));
    }

    /// <summary>Runs until the clock stops and everything sent is answered.</summary>
    public async Task RunAsync()
    {
        await Task.Factory.StartNew(KeepSchedule, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (var i = 0; i < _slots; i++)
            await _room.WaitAsync();

        if (_failure is { } failure)
            throw failure;
    }

    public void Dispose() => _room.Dispose();

    private void KeepSchedule()
    {
        var start = BenchClock.Now;
        for (long i = 0; !_clock.Stopped && Volatile.Read(ref _failure) is null; i++)
        {
            var due = start + (long)(i / _batchesPerSecond * System.Diagnostics.Stopwatch.Frequency);
            Pacing.WaitUntil(due);
            _room.Wait();
            if (_clock.Measuring && BenchClock.Nanoseconds(BenchClock.Now - due) > LateNanoseconds)
                _tally.LateOne();

            _free.TryTake(out var slot);
            slot!.Send(_clients[(int)(i % _clients.Count)], due);
        }
    }

    private sealed class Slot
    {
        private readonly OpenLoop _loop;
        private IBenchClient? _client;
        private readonly Action _answered;
        private ValueTask<AppendResult> _answer;
        private long _due;

        public Slot(OpenLoop loop) => (_loop, _answered) = (loop, Answered);

        [SuppressMessage("Reliability", "CA2012", Justification = "Its result is taken once, in Answered; a Task each would allocate.")]
        public void Send(IBenchClient client, long due)
        {
            (_client, _due) = (client, due);
            _answer = client.AppendAsync();
            var awaiter = _answer.GetAwaiter();
            if (awaiter.IsCompleted)
                Answered();
            else
                awaiter.UnsafeOnCompleted(_answered);
        }

        private void Answered()
        {
            try
            {
                _ = _answer.GetAwaiter().GetResult();
                if (_loop._clock.Measuring)
                    _loop._tally.Acknowledged(_due);
            }
            catch (Exception refusal) when (_client!.IsRefusal(refusal))
            {
                if (_loop._clock.Measuring)
                    _loop._tally.RefusedOne();
            }
            catch (Exception failure)
            {
                _loop._failure ??= failure; // Of two at the same time either will do.
            }

            _loop._free.Add(this);
            _loop._room.Release();
        }
    }
}
