using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// One cut of one stream on its way: it keeps what has reached the store and was verified, so that a cut larger than a segment gives way after each, and a failure costs no more
/// than the step that failed. For the worker that has the stream's turn.
/// </summary>
/// <param name="cut">The state, as it will be published.</param>
/// <param name="committed">Ends when everything in it is committed.</param>
/// <param name="entry">What the catalog says of the stream.</param>
/// <param name="bytes">About how much it is to carry.</param>
internal sealed class OffloadJob(StreamCheckpoint cut, Task committed, CatalogEntry entry, long bytes)
{
    private readonly List<SegmentRef> _runs = [];

    public StreamCheckpoint Cut { get; } = cut;

    /// <summary>Ends when everything in it is committed.</summary>
    public Task Committed { get; } = committed;

    public CatalogEntry Entry { get; } = entry;

    /// <summary>LSN of the first record that is in no verified segment.</summary>
    public long Next { get; private set; } = cut.Offloaded;

    /// <summary>About how much is left.</summary>
    public long BytesLeft { get; private set; } = bytes;

    /// <summary>Is everything of it in verified segments?</summary>
    public bool IsCarried => Next == Cut.Tail;

    /// <summary>The runs that hold it, ascending.</summary>
    public IReadOnlyList<SegmentRef> Runs => _runs;

    /// <summary>A run of it is in a verified segment.</summary>
    public void Carried(in SegmentRef run)
    {
        _runs.Add(run);
        (Next, BytesLeft) = (run.End, Math.Max(0, BytesLeft - run.Bytes));
    }
}
