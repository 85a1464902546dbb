using Orleans.Log.Engine.Blobs;
using Orleans.Log.Testing.Azurite;
using Orleans.Log.Testing.Soak;
using Xunit.Abstractions;

namespace Orleans.Log.AzureStorage.Tests;

public sealed class AzuriteSoakTests(ITestOutputHelper output)
{
    [AzuriteFact]
    public async Task A_node_offloads_to_Azure_for_as_long_as_it_is_written_and_is_rebuilt_from_there()
    {
        // A server of its own: what an hour makes would not fit into memory.
        await using var server = await AzuriteServer.StartAsync(onDisk: true);
        await SoakRun.RunAsync(SoakSettings.OfSuite(shareOfQuickForm: 1.0 / 3), OpenAsync, output.WriteLine);

        async Task<IBlobStore> OpenAsync()
        {
            var store = AzureBlobStore.Connect(new AzureBlobStoreOptions { ConnectionString = server.ConnectionString, Container = "soak" });
            await store.CreateContainerAsync();
            return store;
        }
    }
}
