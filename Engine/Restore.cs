namespace Orleans.Log.Engine;

/// <summary>What is to be rebuilt from a blob store.</summary>
/// <param name="FromNode">The node whose directory is lost; null: the only one of the store that has streams.</param>
public sealed record RestoreRequest(Guid? FromNode = null);

/// <summary>What was rebuilt.</summary>
/// <param name="FromNode">The node that was lost, and is retired now: its directory must not be started again if it is found after all.</param>
/// <param name="Node">The node that goes on with its streams.</param>
/// <param name="Streams">The streams, by name.</param>
public sealed record RestoreReport(Guid FromNode, Guid Node, IReadOnlyList<RestoredStream> Streams);

/// <summary>A stream that was rebuilt. What lay only in the lost log is the range from <paramref name="Offloaded"/> to <paramref name="Tail"/>: nobody can tell how much of it there ever was.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its identity, the same as before.</param>
/// <param name="Head">Lowest LSN that can be read.</param>
/// <param name="Offloaded">Everything below was in the store.</param>
/// <param name="Tail">Where it goes on; equal to <paramref name="Offloaded"/> if nothing can be lost.</param>
/// <param name="Sealed">It had ended; nothing of it is lost.</param>
public sealed record RestoredStream(StreamName Name, StreamId Id, long Head, long Offloaded, long Tail, bool Sealed);
