using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Tests.Node;

/// <summary>The same on the disks of the operating system: one that takes direct I/O, if the temporary directory does, and tmpfs, which does not.</summary>
public sealed class NodeOnRealDiskTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new();
    private readonly List<string> _directories = [];

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        foreach (var directory in _directories)
            Directory.Delete(directory, recursive: true);
    }

    /// <summary>The directories that this machine has.</summary>
    public static TheoryData<string> Roots { get; } = [.. ((string[])[Path.GetTempPath(), "/dev/shm"]).Where(Directory.Exists)];

    [Theory]
    [MemberData(nameof(Roots))]
    public async Task A_node_keeps_what_it_acknowledged(string root)
    {
        var directory = New(root);
        await _bench.StartAsync(HostDisk.Open(directory));
        var stream = await _bench.CreateAsync("a");
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => stream.Append($"{i}").AsTask()));
        await stream.TrimAsync(100, CancellationToken.None);
        await _bench.Node.DisposeAsync();

        await _bench.StartAsync(HostDisk.Open(directory));

        stream = await _bench.OpenAsync("a");
        (await stream.Texts(100)).ShouldBe(Enumerable.Range(100, 400).Select(i => $"{i}"));
        (await stream.Append("next")).Start.ShouldBe(500);
    }

    [Fact]
    public async Task A_second_node_on_the_directory_is_refused()
    {
        var directory = New(Path.GetTempPath());
        await _bench.StartAsync(HostDisk.Open(directory));

        (await Should.ThrowAsync<Engine.Wal.DataDirectoryException>(() => _bench.StartAsync(HostDisk.Open(directory))))
            .Problem.ShouldBe(Engine.Wal.DataDirectoryProblem.InUse);
    }

    private string New(string root)
    {
        var directory = Path.Combine(root, "orleans-log-" + Path.GetRandomFileName());
        _directories.Add(directory);
        return directory;
    }
}
