using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Catalog;

/// <summary>A WAL of entries in memory, durable when the test says so; told of like by the real one, never from within a call.</summary>
internal sealed class JournalWal : IWal
{
    private readonly List<(WalPosition Position, WalEntry Entry, byte[] Body, IWalSubscriber Subscriber)> _entries = [];
    private readonly Lock _settling = new();
    private int _durable;

    /// <summary>The answer to every admission.</summary>
    public WalAdmission Admission { get; set; } = WalAdmission.Admitted;

    /// <summary>Every entry becomes durable soon after it was appended.</summary>
    public bool SettlesAtOnce { get; set; } = true;

    public WalPosition Head => new(1, 4096);

    public WalPosition End { get; private set; } = new(1, 4096);

    public WalPosition DurableThrough => _durable == _entries.Count ? End : _entries[_durable].Position;

    public IReadOnlyList<(WalPosition Position, WalEntry Entry, byte[] Body)> Entries =>
        [.. _entries.Select(entry => (entry.Position, entry.Entry, entry.Body))];

    public WalAdmission TryAdmit(long bodyBytes, WalClass cls) => Admission;

    public WalPosition Append<TBody>(in WalEntry entry, in TBody body, IWalSubscriber subscriber)
        where TBody : struct, IWalBody
    {
        var position = End;
        var bytes = new byte[body.Length];
        body.WriteTo(bytes);
        _entries.Add((position, entry, bytes, subscriber));
        End = new WalPosition(End.Value + 72 + bytes.Length);
        if (SettlesAtOnce)
        {
            // Only what there is now: the item may run late, when a test wants later entries to wait.
            var through = _entries.Count;
            ThreadPool.QueueUserWorkItem(_ => Settle(through));
        }

        return position;
    }

    public void Settle() => Settle(_entries.Count);

    private void Settle(int through)
    {
        lock (_settling)
        {
            while (_durable < through)
            {
                var entry = _entries[_durable++];
                entry.Subscriber.OnDurable(entry.Entry.Entry);
            }
        }
    }

    public void Fail()
    {
        Admission = WalAdmission.Stopped;
        foreach (var subscriber in _entries[_durable..].Select(entry => entry.Subscriber).Distinct())
            subscriber.OnFailed(new IOException("The disk is gone."));
    }

    public IWalCursor OpenCursor(WalPosition from) => throw new NotSupportedException();
}
