using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <content>How producers are remembered and forgotten. Both are entries, so that a restart remembers exactly the same ones. All under the lock.</content>
internal sealed partial class StreamPipeline
{
    private long _nextExpiry;

    private void TakeProducer(in ProducerStamp stamp, in ProducerBatch batch, long now)
    {
        var table = _state.ProducersForWriting;
        var producer = table.Find(stamp.Id) ?? table.Add(new Producer(stamp.Id));
        producer.Take(stamp.Epoch, stamp.Sequence, batch, now);
    }

    /// <summary>
    /// Forgets those that have been silent for longer than the configuration says. Looked at when a producer writes, and not more often than every 64th
    /// part of that time, since it walks the table: no timer, and a stream that nobody writes to has nothing to do.
    /// </summary>
    private void ForgetSilentProducers()
    {
        var now = _node.Now;
        if (_state.Producers is not { Count: > 0 } table || now < _nextExpiry)
            return;

        var expiry = (long)_config.ProducerExpiry.TotalMilliseconds;
        Forget(table.SilentSince(now - expiry));
        _nextExpiry = now + expiry / 64;
    }

    /// <summary>A full table lets go of those that were silent for longest before it takes a new one.</summary>
    private LogException? RefuseForProducers(in ProducerStamp? stamp)
    {
        if (stamp is not { } coming || _state.Producers is not { IsFull: true } table || table.Find(coming.Id) is not null)
            return null;

        return Forget(table.LongestSilent())
            ? null
            : new LogException(
                LogErrorCode.Overloaded, "There is no room to forget a producer for a new one.", new LogErrorFacts(Reason: "producers"));
    }

    private bool Forget(List<string> ids)
    {
        if (ids.Count == 0)
            return true;

        var body = new ProducerExpiryBody(ids);
        if (_node.Wal.TryAdmit(body.Length, WalClass.Control) != WalAdmission.Admitted)
            return false;

        _replica.Append(NextEntry(WalEntryType.ProducerExpiry, WalEntryFlags.None, count: 0, _node.Now), body);
        _state.Producers!.Forget(ids);
        return true;
    }
}
