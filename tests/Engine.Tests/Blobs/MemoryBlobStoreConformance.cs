using Orleans.Log.Engine.Blobs;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Engine.Tests.Blobs;

/// <summary>The store in memory, which suites and simulations build upon, does what the interface says.</summary>
public sealed class MemoryBlobStoreFactory : IBlobStoreFactory
{
    private readonly MemoryBlobStore _store = new();

    public Task<IBlobStore> StartAsync() => Task.FromResult<IBlobStore>(_store);

    public Task<IBlobStore> OpenAgainAsync() => Task.FromResult<IBlobStore>(_store);

    public Task StopAsync() => Task.CompletedTask;
}

public sealed class MemoryBlobWriteConformance : BlobWriteConformance<MemoryBlobStoreFactory>;

public sealed class MemoryBlobReadConformance : BlobReadConformance<MemoryBlobStoreFactory>;

public sealed class MemoryBlobListConformance : BlobListConformance<MemoryBlobStoreFactory>;

public sealed class MemoryBlobRaceConformance : BlobRaceConformance<MemoryBlobStoreFactory>;
