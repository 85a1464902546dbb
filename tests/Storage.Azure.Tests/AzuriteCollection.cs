using Orleans.Log.Engine.Blobs;
using Orleans.Log.Testing.Azurite;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.AzureStorage.Tests;

/// <summary>One server for all tests that need one; each of them has its own container.</summary>
[CollectionDefinition(Name)]
public sealed class AzuriteCollection : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "Azurite";
}

/// <summary>Starts the server before the first of its tests and stops it behind the last; does nothing where there is none.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private static AzuriteServer? _server;

    /// <summary>Suites make their stores without knowing the fixture.</summary>
    public static AzuriteServer Server => _server ?? throw new InvalidOperationException("The server is not running.");

    public async Task InitializeAsync() => _server = AzuritePackage.Missing is null ? await AzuriteServer.StartAsync() : null;

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();

        _server = null;
    }
}

/// <summary>A test that needs the server; says why there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute() => Skip = AzuritePackage.Missing;
}

/// <summary>A theory that needs the server; says why there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteTheoryAttribute : TheoryAttribute
{
    public AzuriteTheoryAttribute() => Skip = AzuritePackage.Missing;
}

/// <summary>Stores in a container of their own.</summary>
public sealed class AzuriteStoreFactory : IBlobStoreFactory
{
    private readonly string _container = "c" + Guid.NewGuid().ToString("n");

    public async Task<IBlobStore> StartAsync()
    {
        var store = Connect(_container);
        await store.CreateContainerAsync();
        return store;
    }

    public Task<IBlobStore> OpenAgainAsync() => Task.FromResult<IBlobStore>(Connect(_container));

    public Task StopAsync() => Task.CompletedTask;

    internal static AzureBlobStore Connect(string container) =>
        AzureBlobStore.Connect(new AzureBlobStoreOptions { ConnectionString = AzuriteFixture.Server.ConnectionString, Container = container });
}
