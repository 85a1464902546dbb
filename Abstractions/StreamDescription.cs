namespace Orleans.Log;

/// <summary>A stream as it stood at one moment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its identity.</param>
/// <param name="Head">Lowest LSN that can still be read.</param>
/// <param name="Tail">Tail as far as it is committed.</param>
/// <param name="Offloaded">Everything below is in published segments.</param>
/// <param name="Sealed">Ended for good at <paramref name="Tail"/>.</param>
/// <param name="Fenced">A fencing token is set (the token itself is never shown).</param>
/// <param name="Term">Term of the leader that serves it; 0 before the first.</param>
/// <param name="Bytes">Stored bytes of the records between head and tail, as far as known to the node: an estimate, for people.</param>
/// <param name="LastTimestamp">Timestamp of the last record, or null if there never was one.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="ConfigVersion">Number of the configuration, from 1; each change raises it.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="Available">
/// Its node is there. If not (only in the listing of a cluster: everything else is <see cref="LogErrorCode.Unavailable"/>), then head, tail and term are
/// those with which its last leader began, so lower bounds, and what only the node knows is as for a new stream.
/// </param>
public sealed record StreamDescription(
    StreamName Name,
    StreamId Id,
    long Head,
    long Tail,
    long Offloaded,
    bool Sealed,
    bool Fenced,
    long Term,
    long Bytes,
    long? LastTimestamp,
    StreamConfig Config,
    long ConfigVersion,
    DateTimeOffset CreatedAt,
    bool Available = true);

/// <summary>One page of a listing, in ordinal order of the names.</summary>
/// <param name="Streams">The streams.</param>
/// <param name="NextAfter">Name to give as <c>after</c> for the next page, or null if this is the last one.</param>
public sealed record StreamPage(IReadOnlyList<StreamDescription> Streams, StreamName? NextAfter);

/// <summary>Where a stream stands.</summary>
/// <param name="Head">Lowest LSN that can still be read.</param>
/// <param name="Tail">Tail as far as it is committed: at least the end of everything acknowledged before the call began.</param>
/// <param name="Sealed">The tail will never move again.</param>
/// <param name="LastTimestamp">Timestamp of the last record, or null if there never was one.</param>
/// <param name="Offloaded">Everything below is in published segments, and so stays as it is for as long as the stream keeps it.</param>
public readonly record struct StreamPosition(long Head, long Tail, bool Sealed, long? LastTimestamp, long Offloaded = 0);
