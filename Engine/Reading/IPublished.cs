using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// What readers ask the node's side of its store. Safe for use by any number of threads. What reads from the store throws
/// <see cref="Blobs.BlobStoreException"/>, or <see cref="StoreFormatException"/> if what it gives does not verify, also when it is read again.
/// </summary>
internal interface IPublished
{
    /// <summary>The store; null until it is attached.</summary>
    Guid? StoreId { get; }

    /// <summary>What is published of a stream, or null. Never waits, and never says less than the stream itself was told.</summary>
    RootEntry? Find(StreamId stream);

    /// <summary>The snapshot that a root names.</summary>
    Task<Snapshot> ReadSnapshotAsync(RootEntry root, CancellationToken cancellationToken);

    /// <summary>An index section of a stream.</summary>
    Task<SegmentSection> ReadSectionAsync(SectionRef section, StreamId stream, CancellationToken cancellationToken);
}
