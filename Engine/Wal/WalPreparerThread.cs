namespace Orleans.Log.Engine.Wal;

/// <summary>The thread that prepares files whenever fewer are ready than wanted; it sleeps otherwise, and for a bounded time while the disk is full.</summary>
internal sealed class WalPreparerThread
{
    private readonly object _gate = new(); // an object, because the thread waits on it
    private readonly Func<bool> _step;
    private readonly WalRoom _room;
    private readonly TimeSpan _retry;
    private readonly Thread _thread;
    private bool _woken = true;
    private bool _stopped;

    /// <summary><paramref name="step"/> prepares one file and says whether it did and should be asked again.</summary>
    public WalPreparerThread(Func<bool> step, WalRoom room, TimeSpan retry)
    {
        (_step, _room, _retry) = (step, room, retry);
        _thread = new Thread(Run) { IsBackground = true, Name = "wal-prepare" };
        _thread.Start();
    }

    /// <summary>A file was taken, or space was freed.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread after the file that it is at.</summary>
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
        while (true)
        {
            lock (_gate)
            {
                while (!_woken && !_stopped)
                {
                    if (!Monitor.Wait(_gate, _room.Starved ? _retry : Timeout.InfiniteTimeSpan))
                        break;
                }

                if (_stopped)
                    return;

                _woken = false;
            }

            while (_step() && !Volatile.Read(ref _stopped))
            {
            }
        }
    }
}
