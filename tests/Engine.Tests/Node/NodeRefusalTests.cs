using System.Buffers.Binary;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Node;

public sealed class NodeRefusalTests : IAsyncDisposable
{
    private const string Checkpoint = "checkpoint/0000000000000001.ckpt";

    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_second_node_on_the_directory_is_refused_and_the_first_goes_on()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");

        (await Refused()).Problem.ShouldBe(DataDirectoryProblem.InUse);

        (await stream.Append("x")).Start.ShouldBe(0);
    }

    [Fact]
    public async Task A_checkpoint_that_is_gone_is_refused_by_name()
    {
        await Stopped();
        _bench.Disk.Delete(Checkpoint);

        var error = await Refused();

        error.Problem.ShouldBe(DataDirectoryProblem.BadCheckpoint);
        error.Message.ShouldContain(Checkpoint);
        error.Message.ShouldContain("missing");
    }

    [Fact]
    public async Task A_checkpoint_with_a_flipped_bit_is_refused()
    {
        await Stopped();
        _bench.Disk.FlipBit(Checkpoint, 100, 3);

        (await Refused()).Problem.ShouldBe(DataDirectoryProblem.BadCheckpoint);
    }

    [Fact]
    public async Task A_whole_checkpoint_that_is_not_the_one_published_is_refused()
    {
        await Stopped();
        var old = _bench.Disk.Content(Checkpoint);
        await _bench.StartAsync();
        await (await _bench.OpenAsync("a")).Append("more");
        await _bench.Node.DisposeAsync();
        _bench.Disk.Delete(Checkpoint.Replace('1', '2'));
        using (var file = _bench.Disk.Create(Checkpoint.Replace('1', '2')))
            file.Write(0, old);

        (await Refused()).Message.ShouldContain("Foreign");
    }

    [Fact]
    public async Task A_checkpoint_of_a_newer_version_is_refused_with_both_versions()
    {
        await Stopped();
        _bench.Disk.Overwrite(Checkpoint, 4, [9, 0]);

        var error = await Refused();

        error.Problem.ShouldBe(DataDirectoryProblem.NewerVersion);
        error.Message.ShouldContain("version 9");
    }

    [Fact]
    public async Task A_directory_of_a_newer_version_is_refused()
    {
        await Stopped();
        foreach (var slot in (string[])["control.a", "control.b"])
        {
            var bytes = _bench.Disk.Content(slot);
            bytes[4] = 9;
            bytes.AsSpan(8, 4).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Crc32C.Of(bytes));
            _bench.Disk.Overwrite(slot, 0, bytes);
        }

        (await Refused()).Problem.ShouldBe(DataDirectoryProblem.NewerVersion);
    }

    [Fact]
    public async Task A_directory_that_holds_something_else_is_refused()
    {
        _bench.Disk.Create("holiday.jpg").Dispose();

        (await Refused()).Problem.ShouldBe(DataDirectoryProblem.NotOurs);
    }

    [Fact]
    public async Task A_refused_start_lets_the_directory_go()
    {
        await Stopped();
        var bytes = _bench.Disk.Content(Checkpoint);
        _bench.Disk.FlipBit(Checkpoint, 100, 3);
        await Refused();
        _bench.Disk.Overwrite(Checkpoint, 0, bytes);

        await _bench.StartAsync();

        (await (await _bench.OpenAsync("a")).Texts()).ShouldBe(["x"]);
    }

    [Theory]
    [InlineData(DiskFailure.ReadOnly)]
    [InlineData(DiskFailure.Denied)]
    public async Task A_disk_that_cannot_be_written_is_refused_with_the_reason(DiskFailure failure)
    {
        await Stopped();

        var error = await Should.ThrowAsync<DiskException>(() => _bench.StartAsync(new UnwritableDisk(_bench.Disk, failure)));

        error.Failure.ShouldBe(failure);
    }

    [Fact]
    public async Task An_option_out_of_range_is_refused_by_name_with_its_range()
    {
        _bench.Options.StreamWaitingReaders = 0;

        var error = await Should.ThrowAsync<ArgumentException>(() => _bench.StartAsync());

        error.Message.ShouldContain("LogNodeOptions.StreamWaitingReaders is 0; it must be from 1 to 1000000.");
        _bench.Disk.Files().ShouldBeEmpty();
    }

    private async Task Stopped()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        await _bench.Node.DisposeAsync();
    }

    private Task<DataDirectoryException> Refused() => Should.ThrowAsync<DataDirectoryException>(() => _bench.StartAsync());

    /// <summary>The disk after it was mounted read-only, or given to somebody else.</summary>
    private sealed class UnwritableDisk(SimulatedDisk disk, DiskFailure failure) : IDisk
    {
        public long FreeBytes => disk.FreeBytes;

        public IDisposable Lock(string name) => throw Refuse(name);

        public void CreateDirectory(string name) => throw Refuse(name);

        public IReadOnlyList<string> List(string directory) => disk.List(directory);

        public IReadOnlyList<string> ListDirectories(string directory) => disk.ListDirectories(directory);

        public bool Exists(string name) => disk.Exists(name);

        public IDiskFile Create(string name) => throw Refuse(name);

        public IDiskFile Open(string name, DiskAccess access) =>
            access is DiskAccess.Read or DiskAccess.ReadDevice ? disk.Open(name, access) : throw Refuse(name);

        public void Rename(string from, string to) => throw Refuse(from);

        public void Delete(string name) => throw Refuse(name);

        public void FlushDirectory(string name) => throw Refuse(name);

        private DiskException Refuse(string name) => new(failure, $"'{name}' cannot be written.");
    }
}
