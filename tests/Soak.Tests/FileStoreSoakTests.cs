using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Testing.Soak;
using Xunit.Abstractions;

namespace Orleans.Log.Soak.Tests;

public sealed class FileStoreSoakTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "orleans-log-blobs-" + Path.GetRandomFileName());
    private FileBlobStore? _store;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _store?.Dispose();
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);

        return Task.CompletedTask;
    }

    [Fact]
    public Task A_node_offloads_to_files_for_as_long_as_it_is_written_and_is_rebuilt_from_them() =>
        SoakRun.RunAsync(SoakSettings.OfSuite(), OpenAsync, output.WriteLine);

    /// <summary>Opens the store, and closes the one that was open, as a process does that takes the place of another.</summary>
    private async Task<IBlobStore> OpenAsync()
    {
        _store?.Dispose();
        return _store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(_directory) });
    }
}
