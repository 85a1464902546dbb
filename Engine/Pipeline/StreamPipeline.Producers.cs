using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <content>How producers are remembered and forgotten. Both are entries, so that a restart remembers exactly the same ones. All under the lock.</content>
internal sealed partial class StreamPipeline
{
    // Uptime of the stamped append that is being decided: read once for its checks and for its producer.
    private long _uptime;

    private long Expiry => (long)_config.ProducerExpiry.TotalMilliseconds;

    /// <summary>Some producers have been silent for longer than the configuration says.</summary>
    public bool HasSilentProducers
    {
        get
        {
            lock (_gate)
                return !_deleted && !IsDamaged && _state.Producers is { Count: > 0 } table && table.HasSilent(_node.Clock, Expiry);
        }
    }

    /// <summary>Forgets silent producers of a stream that nobody writes to. It must be open; otherwise nothing happens.</summary>
    public void ForgetSilent()
    {
        lock (_gate)
        {
            if (RefuseEntry(AnyTerm) is null)
                ForgetSilentProducers();
        }
    }

    private void TakeProducer(in ProducerStamp stamp, in ProducerBatch batch)
    {
        var table = _state.ProducersForWriting;
        if (table.Find(stamp.Id) is not { } producer)
        {
            producer = table.Add(new Producer(stamp.Id));
            _node.CountProducers(1);
        }

        producer.Take(stamp.Epoch, stamp.Sequence, batch, _uptime);
    }

    /// <summary>
    /// Forgets those that have been silent for longer than the configuration says. Looked at when a producer writes, and not more often than every 64th
    /// part of that time, since it walks the table. A stream that nobody writes to has no timer: the node looks after it.
    /// </summary>
    private void ForgetSilentProducers()
    {
        _uptime = _node.Clock.Uptime;
        if (_state.Producers is { Count: > 0 } table && MayHaveSilent(table, _uptime))
            Forget(table, table.Silent(_node.Clock, _uptime, Expiry));
    }

    private bool MayHaveSilent(ProducerTable table, long uptime) =>
        table.MayHaveSilent(_node.Clock, uptime, Expiry, HasNoRoomForProducers(table));

    private bool HasNoRoomForProducers(ProducerTable? table) => table?.Count >= _node.Bounds.Producers || _node.Producers >= _node.Bounds.NodeProducers;

    /// <summary>Rejects a new producer where there is no room. Room comes from time alone: a producer that is forgotten early is one whose repeats are stored twice.</summary>
    private LogException? RefuseForProducers(in ProducerStamp? stamp)
    {
        if (stamp is not { } coming || !HasNoRoomForProducers(_state.Producers) || _state.Producers?.Find(coming.Id) is not null)
            return null;

        _node.OnProducerRejected();
        var limit = _state.Producers?.Count >= _node.Bounds.Producers ? _node.Bounds.Producers : _node.Bounds.NodeProducers;
        return new LogException(
            LogErrorCode.Overloaded,
            $"{limit} producers are remembered, which is the bound, and each has written within its expiry (of this stream {_config.ProducerExpiry:c}). "
            + "Keep appenders open instead of opening one for each batch, shorten producer_expiry, or raise the bound.",
            new LogErrorFacts(Limit: limit, Unit: "producers", Reason: "producers"));
    }

    private void Forget(ProducerTable table, List<string> ids)
    {
        if (ids.Count == 0)
            return;

        // Without room for the entry they stay, and the next walk finds them again.
        var body = new ProducerExpiryBody(ids);
        if (_node.Wal.TryAdmit(body.Length, WalClass.Control) != WalAdmission.Admitted)
        {
            table.KeepSilent();
            return;
        }

        _replica.Append(NextEntry(WalEntryType.ProducerExpiry, WalEntryFlags.None, count: 0, _node.Now), body);
        _node.CountProducers(-table.Forget(ids));
    }
}
