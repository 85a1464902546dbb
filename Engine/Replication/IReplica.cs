using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Replication;

/// <summary>
/// One copy of one stream, as its leader sees it; the leader's own disk is no exception. An entry is <em>accepted</em> when
/// <see cref="Append"/> returns and <em>durable</em> once the replica's disk said so, which its observer is told later. Every call names the
/// generation and term of the caller, and a replica that has promised a newer one refuses: this check, and no lock or clock elsewhere, keeps an
/// older leader from writing.
/// </summary>
internal interface IReplica
{
    /// <summary>Who it is. A disk that was emptied is another replica.</summary>
    ReplicaId Id { get; }

    /// <summary>The newest promise. An entry of an older leader is refused.</summary>
    Tenure Tenure { get; }

    /// <summary>Number of the last entry accepted; entries are dense.</summary>
    long AcceptedEntry { get; }

    /// <summary>Number of the last entry that is durable here, counting from the entries that it was opened with.</summary>
    long DurableEntry { get; }

    /// <summary>
    /// Promises to take nothing of an older leader. The promise is durable before it is answered, and so is everything accepted before it.
    /// Refused as Fenced unless the tenure is above every one promised.
    /// </summary>
    /// <param name="tenure">The leader's term.</param>
    /// <param name="room">The room on the disk that the promise may use.</param>
    Task<TermGrant> TakeTermAsync(Tenure tenure, WalClass room = WalClass.Control);

    /// <summary>
    /// Accepts one entry, other than a term, from the leader of the present tenure; never waits. The entry must carry the tenure and the next entry
    /// number. Called under the stream's lock. Throws Fenced if the tenure is another, Draining if the replica has stopped, in both cases without effect.
    /// </summary>
    /// <returns>Where the entry stands in the replica's WAL.</returns>
    WalPosition Append<TBody>(in WalEntry entry, in TBody body)
        where TBody : struct, IWalBody;
}

/// <summary>Told by a replica of its progress; never under a lock, in order, and never from two threads at once for one replica.</summary>
internal interface IReplicaObserver
{
    /// <summary><see cref="IReplica.DurableEntry"/> has moved.</summary>
    void OnDurable(IReplica replica);

    /// <summary>The replica has failed for good; of what was not durable nothing is known.</summary>
    void OnFailed(IReplica replica, Exception error);
}

/// <summary>Identity of a replica: the node, and the WAL that was formatted on it.</summary>
internal readonly record struct ReplicaId(Guid Node, Guid Wal);

/// <summary>One leader's tenure. A newer generation stands above every term of an older one.</summary>
/// <param name="Generation">Number of the replica set.</param>
/// <param name="Term">Number of the tenure.</param>
internal readonly record struct Tenure(int Generation, long Term)
{
    /// <summary>Is this one newer? Terms never run backwards, also not with a new generation.</summary>
    public bool IsAbove(Tenure other) => Generation >= other.Generation && Term > other.Term;
}

/// <summary>A replica's durable promise, with what the leader must know of it.</summary>
/// <param name="Tenure">What was promised.</param>
/// <param name="Entry">Its last entry, that of the promise.</param>
/// <param name="Tail">Its tail: where the term starts.</param>
/// <param name="History">Its terms, the new one included.</param>
internal sealed record TermGrant(Tenure Tenure, long Entry, long Tail, IReadOnlyList<Checkpoints.TermStart> History);
