namespace Orleans.Log.Engine.Wal;

/// <summary>
/// The threads that write blocks, as many as may be in flight. Each waits for a block, writes and flushes it, and reports; the one whose
/// report makes blocks durable tells their subscribers.
/// </summary>
internal sealed class WalWriters
{
    private readonly WalSequencer _sequencer;
    private readonly WalOptions _options;
    private readonly WalInstruments _instruments;
    private readonly WalHost _host;
    private readonly List<Thread> _threads = [];

    /// <summary>Writes what a sequencer hands out.</summary>
    public WalWriters(WalSequencer sequencer, WalOptions options, WalInstruments instruments, WalHost host) =>
        (_sequencer, _options, _instruments, _host) = (sequencer, options, instruments, host);

    /// <summary>Starts the threads.</summary>
    public void Start()
    {
        for (var i = 0; i < _options.IoDepth; i++)
        {
            var thread = new Thread(WriteBlocks) { IsBackground = true, Name = $"wal-write-{i}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Waits until every thread has ended: after the sequencer was closed, or failed.</summary>
    public void Join()
    {
        foreach (var thread in _threads)
        {
            // A subscriber or the host may close the WAL from within a completion.
            if (thread != Thread.CurrentThread)
                thread.Join();
        }
    }

    /// <summary>Writes one block and reports it.</summary>
    public void Write(WalBlock block)
    {
        var started = _instruments.TimesFlushes ? _host.Time.GetTimestamp() : 0;
        if (Begin(block))
            End(block, started);
    }

    /// <summary>The first half of <see cref="Write"/>: hands the bytes to the device. False if that failed, which is reported.</summary>
    public bool Begin(WalBlock block)
    {
        if (block.Offset == WalFormat.SectorBytes)
            _host.OnFileBegun?.Invoke();

        return Try(block, static (block, _) => block.File.Device.Write(block.Offset, block.Bytes));
    }

    /// <summary>The second half: makes them durable where the write itself did not, and reports.</summary>
    public void End(WalBlock block, long started)
    {
        if (!Try(block, Flush))
            return;

        _instruments.OnFlush(block.PaddedLength, started == 0 ? TimeSpan.Zero : _host.Time.GetElapsedTime(started));
        _sequencer.OnWritten(block);
    }

    private static void Flush(WalBlock block, WalSabotage sabotage)
    {
        if (!block.File.Device.WritesAreDurable && !sabotage.Has(WalSabotage.SkipFlush))
            block.File.Device.Flush();
    }

    private bool Try(WalBlock block, Action<WalBlock, WalSabotage> action)
    {
        try
        {
            action(block, _options.Sabotage);
            return true;
        }
        catch (Exception) when (_options.Sabotage.Has(WalSabotage.RetryFailedFlush))
        {
            action(block, _options.Sabotage);
            return true;
        }
        catch (Exception error)
        {
            _sequencer.OnFailed(error);
            return false;
        }
    }

    private void WriteBlocks()
    {
        while (_sequencer.WaitForBlock(_options.QuietAfter) is { } block)
            Write(block);
    }
}
