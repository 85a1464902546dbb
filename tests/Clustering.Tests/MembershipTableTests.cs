using System.Reflection;
using Orleans.Log.AzureStorage;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Testing.Azurite;

namespace Orleans.Log.Clustering.Tests;

public sealed class MembershipTableInMemoryTests : MembershipTableScenarios
{
    private readonly MemoryBlobStore _blobs = new();

    private protected override MembershipWorld Begin() => MembershipWorld.In(() => Task.FromResult<IBlobStore>(_blobs));
}

/// <summary>In a folder that every process opens for itself.</summary>
public sealed class MembershipTableInFilesTests : MembershipTableScenarios
{
    private protected override MembershipWorld Begin() => MembershipWorld.InFiles();
}

/// <summary>In Azure's blob storage. The scenarios are the rows of one theory here, so that they can be skipped together where no server can be had.</summary>
public sealed class MembershipTableInAzureTests(MembershipTableInAzureTests.Server server) : IClassFixture<MembershipTableInAzureTests.Server>
{
    public static TheoryData<string> Scenarios =>
        [.. typeof(MembershipTableScenarios).GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null).Select(method => method.Name)];

    [AzuriteTheory]
    [MemberData(nameof(Scenarios))]
    public async Task The_table_in_Azure_does_the_same(string scenario)
    {
        var scenarios = new InAzure(server);
        await scenarios.InitializeAsync();
        try
        {
            await (Task)typeof(MembershipTableScenarios).GetMethod(scenario)!.Invoke(scenarios, null)!;
        }
        finally
        {
            await scenarios.DisposeAsync();
        }
    }

    /// <summary>One server for all scenarios; does nothing where there is none.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private AzuriteServer? _running;

        public string ConnectionString => _running!.ConnectionString;

        public async Task InitializeAsync() => _running = AzuritePackage.Missing is null ? await AzuriteServer.StartAsync() : null;

        public async Task DisposeAsync()
        {
            if (_running is not null)
                await _running.DisposeAsync();
        }
    }

    private sealed class InAzure(Server server) : MembershipTableScenarios
    {
        private readonly string _container = "c" + Guid.NewGuid().ToString("n");

        private protected override MembershipWorld Begin() => MembershipWorld.In(async () =>
        {
            var store = AzureBlobStore.Connect(new AzureBlobStoreOptions { ConnectionString = server.ConnectionString, Container = _container });
            await store.CreateContainerAsync();
            return store;
        });
    }
}

/// <summary>A theory that needs the server; says why there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteTheoryAttribute : TheoryAttribute
{
    public AzuriteTheoryAttribute() => Skip = AzuritePackage.Missing;
}
