using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// Everything that a stream needs to be resumed at an LSN without the WAL (docs/FORMAT.md §12). Exact at that LSN: nothing that came later is in it.
/// </summary>
/// <param name="Stream">What the catalog says of it, and its state. Everything below its tail is offloaded.</param>
/// <param name="Segments">Where its records are.</param>
internal sealed record Snapshot(CheckpointStream Stream, SegmentList Segments)
{
    /// <summary>Where the stream goes on.</summary>
    public long Lsn => Stream.State.Tail;
}
