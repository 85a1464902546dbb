namespace Orleans.Log.Engine.Wal;

/// <summary>Completion, strictly in the order of the log, from one place.</summary>
internal sealed partial class WalSequencer
{
    private WalFile _deliveredFile;
    private bool _delivering;
    private bool _failureDelivered;
    private Thread? _failing;
    private readonly List<(WalPosition Through, TaskCompletionSource Done)> _waiters = [];

    /// <summary>
    /// The block and its flush are done. Makes the contiguous written prefix durable and, unless somebody is at it already, tells the
    /// subscribers; so a call may deliver other writers' blocks, and return before its own was delivered.
    /// </summary>
    public void OnWritten(WalBlock block)
    {
        WalBlock? first;
        lock (_gate)
        {
            block.Written = true;
            if (_options.Sabotage.Has(WalSabotage.CompleteOutOfOrder))
                block = JumpQueue(block);

            // After the first failure nothing becomes durable any more, whatever was written.
            while (_error is null && _inFlight.TryPeek(out var oldest) && oldest.Written)
            {
                _inFlight.Dequeue();
                _durable = oldest.Sequence;
                if (oldest.Count > 0)
                    NoteRecords(oldest.End);

                Volatile.Write(ref _durableThrough, oldest.End.Value);
                _completed.Enqueue(oldest);
            }

            if (_waiters.Count > 0)
                ReleaseWaiters();

            // Someone is at it already and takes these too, or there is nothing: an earlier block is still under way.
            first = null;
            var deliver = !_delivering && _completed.TryDequeue(out first);
            _returning = !deliver || (first!.NoteCount <= QuickDelivery && _completed.Count == 0);
            if (_closed.Count > 0 || _open is { Count: > 0 })
                WakeWriter();

            if (!deliver)
                return;

            _delivering = true;
        }

        Deliver(first);
    }

    private void NoteRecords(WalPosition end)
    {
        _recordsEnd = end;
        if (_recordWanted)
            return;

        _recordWanted = true;
        RecordWanted?.Invoke();
    }

    /// <summary>See <see cref="WriteAheadLog.WhenDurableAsync"/>.</summary>
    public Task WhenDurableAsync(WalPosition through)
    {
        lock (_gate)
        {
            if (through <= DurableThrough)
                return Task.CompletedTask;

            if (_error is not null)
                return Task.FromException(Stopped());

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((through, done));
            return done.Task;
        }
    }

    /// <summary>A write or flush failed: nothing that is not durable yet will ever be. Subscribers are told, then the host.</summary>
    public void OnFailed(Exception error)
    {
        _room.Stop();
        lock (_gate)
        {
            if (_error is not null)
                return;

            _error = error;
            Monitor.PulseAll(_gate);
            if (_delivering)
                return;

            _delivering = true;
        }

        Deliver(null);
    }

    /// <summary>Takes no more entries. What was accepted can still be taken and written.</summary>
    public void BeginClose()
    {
        _room.Stop();
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until everything accepted is delivered, or failed. From within the delivery of a failure it returns at once.</summary>
    public void WaitUntilDelivered()
    {
        lock (_gate)
        {
            if (_failing == Thread.CurrentThread)
                return;

            while (_delivering || (_error is null && (_inFlight.Count > 0 || _completed.Count > 0)))
                Monitor.Wait(_gate);
        }
    }

    /// <summary>Closes the files that are open for writing.</summary>
    public void CloseFiles()
    {
        lock (_gate)
        {
            while (_readyFiles.TryDequeue(out var ready))
                ready.Dispose();

            _deliveredFile.Dispose();
            _file.Dispose();
        }
    }

    // As few turns under the lock as can be: whoever is told may append at once, and would meet the writer there.
    private void Deliver(WalBlock? block)
    {
        while (true)
        {
            if (block is not null)
                Tell(block);

            lock (_gate)
            {
                if (block is not null)
                    Recycle(block);

                if (!_completed.TryDequeue(out block))
                {
                    if (_error is null || _failureDelivered)
                    {
                        _delivering = false;
                        if (_closing)
                            Monitor.PulseAll(_gate);

                        return;
                    }

                    _failureDelivered = true;
                }
            }

            if (block is null)
                DeliverFailure();
        }
    }

    private void Tell(WalBlock block)
    {
        _room.Completed(block.Permits);
        _cache.BlockCompleted(block.Chunk);
        if (!ReferenceEquals(block.File, _deliveredFile))
        {
            _deliveredFile.Dispose();
            _deliveredFile = block.File;
        }

        block.Deliver();
    }

    // A planted defect may deliver a block that somebody is still writing: then it is not used again.
    private void Recycle(WalBlock block)
    {
        if (_options.Sabotage != WalSabotage.None)
            return;

        block.Clear();
        _blockPool.Push(block);
    }

    private void DeliverFailure()
    {
        var subscribers = new List<IWalSubscriber>();
        Exception error;
        lock (_gate)
        {
            error = _error!;
            var seen = new HashSet<IWalSubscriber>(ReferenceEqualityComparer.Instance);
            foreach (var block in _inFlight.Concat(_closed))
                block.CollectSubscribers(seen, subscribers);

            _open?.CollectSubscribers(seen, subscribers);
            foreach (var waiter in _waiters)
                waiter.Done.SetException(Stopped());

            _waiters.Clear();
        }

        _failing = Thread.CurrentThread;
        foreach (var subscriber in subscribers)
            subscriber.OnFailed(error);

        // The host may close the WAL from here.
        _onFailure(error);
        _failing = null;
    }

    // The continuations run elsewhere, so this is safe under the lock.
    private void ReleaseWaiters()
    {
        var durable = DurableThrough;
        foreach (var waiter in _waiters)
        {
            if (waiter.Through <= durable)
                waiter.Done.SetResult();
        }

        _waiters.RemoveAll(waiter => waiter.Through <= durable);
    }

    // Planted defect: the block is complete although blocks before it are not.
    private WalBlock JumpQueue(WalBlock block)
    {
        var others = _inFlight.Where(other => other != block).ToArray();
        _inFlight.Clear();
        foreach (var other in others)
            _inFlight.Enqueue(other);

        _durable = Math.Max(_durable, block.Sequence);
        Volatile.Write(ref _durableThrough, Math.Max(_durableThrough, block.End.Value));
        _completed.Enqueue(block);
        return block;
    }
}
