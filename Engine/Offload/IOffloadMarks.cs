using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine.Offload;

/// <summary>Where streams say that there is something of them to publish. Called under a stream's lock: an implementer only takes note, and takes no stream's lock in turn.</summary>
internal interface IOffloadMarks
{
    /// <summary>Uncut bytes at which a stream has enough for a segment of its own.</summary>
    long SegmentBytes { get; }

    /// <summary>The first change since the last cut.</summary>
    void OnDirty(StreamPipeline stream);

    /// <summary>There is enough for a segment. Once for each cut, after <see cref="OnDirty"/>.</summary>
    void OnFull(StreamPipeline stream);
}
