using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// The thread that records in the control slot how far the log is durable: once, a fixed time after the first records that no slot covers became durable.
/// A thread of its own, because a busy thread pool or a slow preparation must not widen the window in which damage to the end goes unnoticed.
/// </summary>
internal sealed class WalRecorderThread
{
    private readonly object _gate = new(); // an object, because the thread waits on it
    private readonly Action _record;
    private readonly TimeProvider _time;
    private readonly TimeSpan _after;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private bool _wanted;
    private bool _stopped;
    private bool _failing;

    /// <summary><paramref name="record"/> writes the slot.</summary>
    public WalRecorderThread(Action record, TimeProvider time, TimeSpan after, ILogger logger)
    {
        (_record, _time, _after, _logger) = (record, time, after, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = "wal-record" };
        _thread.Start();
    }

    /// <summary>Records became durable that no slot covers.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _wanted = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread after the slot that it is writing.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (WaitUntilDue())
        {
            try
            {
                _record();
                _failing = false;
            }
            catch (DiskException error)
            {
                // The slot before still counts, and the log itself is not touched: tried again after the same time.
                if (!_failing)
                    WalLog.NotRecorded(_logger, error, error.Failure);

                _failing = true;
                Wake();
            }
        }
    }

    private bool WaitUntilDue()
    {
        lock (_gate)
        {
            while (!_wanted && !_stopped)
                Monitor.Wait(_gate);

            var begun = _time.GetTimestamp();
            while (!_stopped && _time.GetElapsedTime(begun) < _after)
                Monitor.Wait(_gate, _after - _time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero);

            _wanted = false;
            return !_stopped;
        }
    }
}
