using Orleans.Log.Engine.Tests.Blobs;
using Orleans.Log.Testing.Metadata;

namespace Orleans.Log.Engine.Tests.Metadata;

public sealed class MemoryMetadataChangeConformance : MetadataChangeConformance<BlobMetadataFactory<MemoryBlobStoreFactory>>;

public sealed class MemoryMetadataWatchConformance : MetadataWatchConformance<BlobMetadataFactory<MemoryBlobStoreFactory>>;

/// <summary>On a real folder that is opened twice, which share nothing but the folder and its locks, as two processes do.</summary>
public sealed class FileMetadataChangeConformance : MetadataChangeConformance<BlobMetadataFactory<FileBlobStoreFactory>>;

public sealed class FileMetadataWatchConformance : MetadataWatchConformance<BlobMetadataFactory<FileBlobStoreFactory>>;
