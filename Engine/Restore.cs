namespace Orleans.Log.Engine;

/// <summary>What is to be rebuilt from a blob store.</summary>
/// <param name="FromNode">The node whose directory is lost; null: the only one of the store that has streams.</param>
/// <param name="LeaveOutDamaged">
/// Streams that cannot be restored are left out, and stay in the store as they are. Otherwise, by default, the restore is refused if there are such streams, before anything is changed.
/// </param>
/// <param name="Progress">Told how far it is, on the thread that does the work.</param>
public sealed record RestoreRequest(Guid? FromNode = null, bool LeaveOutDamaged = false, IProgress<RestoreProgress>? Progress = null);

/// <summary>How far a restore is.</summary>
/// <param name="Phase">"snapshots" while everything is read that will be taken over, then "roots" while it is taken over.</param>
/// <param name="Done">Streams or root pages that are done.</param>
/// <param name="Total">All of them.</param>
public sealed record RestoreProgress(string Phase, int Done, int Total);

/// <summary>What was rebuilt.</summary>
/// <param name="FromNode">The node that was lost, and is retired now: its directory must not be started again if it is found after all.</param>
/// <param name="Node">The node that goes on with its streams.</param>
/// <param name="Streams">The streams, by name.</param>
/// <param name="LeftOut">The streams that were left out, by name; none unless the request allowed that.</param>
public sealed record RestoreReport(Guid FromNode, Guid Node, IReadOnlyList<RestoredStream> Streams, IReadOnlyList<UnrestoredStream> LeftOut);

/// <summary>A stream that was rebuilt. What lay only in the lost log is the range from <paramref name="Offloaded"/> to <paramref name="Tail"/>: nobody can tell how much of it there ever was.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its identity, the same as before.</param>
/// <param name="Head">Lowest LSN that can be read.</param>
/// <param name="Offloaded">Everything below was in the store.</param>
/// <param name="Tail">Where it goes on; equal to <paramref name="Offloaded"/> if nothing can be lost.</param>
/// <param name="Sealed">It had ended; nothing of it is lost.</param>
public sealed record RestoredStream(StreamName Name, StreamId Id, long Head, long Offloaded, long Tail, bool Sealed);

/// <summary>
/// A stream that cannot be restored. Its root stays with the lost node, so that nothing of it is deleted; when the blob has been brought back, another restore takes it.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its identity.</param>
/// <param name="Head">Lowest LSN that could be read.</param>
/// <param name="Offloaded">Everything below is in the store.</param>
/// <param name="Blob">The blob with its snapshot.</param>
/// <param name="Problem">Why it cannot be restored.</param>
public sealed record UnrestoredStream(StreamName Name, StreamId Id, long Head, long Offloaded, string Blob, string Problem);
