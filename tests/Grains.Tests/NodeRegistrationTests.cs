using System.Text;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Nodes;

namespace Orleans.Log.Grains.Tests;

/// <summary>Which data directories a silo may join with, and what happens to one whose node is another's.</summary>
public sealed class NodeRegistrationTests : IAsyncLifetime
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly string _root = Path.Combine(Path.GetTempPath(), "orleans-log-" + Path.GetRandomFileName());
    private TestLog _log = null!;
    private TimeSpan _renewEvery = TimeSpan.FromMilliseconds(100);

    public async Task InitializeAsync() => _log = await StartAsync(_root);

    public async Task DisposeAsync()
    {
        await _log.DisposeAsync();
        if (Directory.Exists(_root))
            Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_directory_that_another_silo_has_open_is_refused() =>
        (await RefusedAsync<DataDirectoryException>(() => StartAsync(_root))).Problem.ShouldBe(DataDirectoryProblem.InUse);

    [Fact]
    public async Task A_copy_of_the_directory_of_a_node_at_work_is_refused()
    {
        await AppendAsync("s", "0");
        var copy = _root + "-copy";
        CopyDirectory(_root, copy);

        // The copy waits for a sign of life that much longer than there is one each time, however busy the machine is.
        _renewEvery = TimeSpan.FromSeconds(2);
        try
        {
            // In a cluster of its own, so that only the metadata can tell.
            (await RefusedAsync<StoreRefusedException>(() => _log.StartSiloAsync(copy))).Problem.ShouldBe(StoreProblem.DirectoryIsOld);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }

        (await AppendAsync("s", "1")).ShouldBe(1, "the node at work is not disturbed");
    }

    [Fact]
    public async Task The_directory_of_another_cluster_is_refused()
    {
        await AppendAsync("s", "0");
        await _log.DisposeAsync();

        (await RefusedAsync<StoreRefusedException>(() => StartAsync(_root, cluster: "another"))).Problem.ShouldBe(StoreProblem.OtherStore);
        _log = await StartAsync(_root);
        (await AppendAsync("s", "1")).ShouldBe(1);
    }

    [Fact]
    public async Task An_empty_directory_in_the_place_of_a_lost_one_is_refused_until_its_restore_is_ordered()
    {
        await AppendAsync("kept", "0");
        await _log.NodeOf(0).Node.OpenAsync(StreamName.Parse("kept"), default).AsTask().ContinueWith(static stream => stream.Result.SnapshotAsync(default).AsTask()).Unwrap();
        await AppendAsync("kept", "lost");
        var lost = _log.NodeOf(0).Node.NodeId;
        await _log.KillAsync();
        Directory.Delete(_root, recursive: true);

        (await RefusedAsync<StoreRefusedException>(() => StartAsync(_root))).Problem.ShouldBe(StoreProblem.NeedsRestore);
        Directory.Delete(_root, recursive: true);
        _log = await StartAsync(_root, restore: true);

        var stream = await _log.Log.OpenAsync(StreamName.Parse("kept"), default);
        using (var page = await stream.ReadAsync(ReadRequest.FromLsn(0), default))
            Encoding.UTF8.GetString(page.Records.Span[0].Payload.Span).ShouldBe("0");

        (await AppendAsync("kept", "2")).ShouldBeGreaterThan(2, "no LSN is given twice");
        (await _log.Of<NodeRegistry>(0).FindAsync(lost))!.Record.Stage.ShouldBe(NodeStage.Replaced);
        var home = (await _log.Of<StreamDirectory>(0).FindAsync(StreamName.Parse("kept")))!.Home;
        (home.Node, home.Generation).ShouldBe((_log.NodeOf(0).Node.NodeId, 1));
    }

    [Fact]
    public async Task An_empty_directory_is_refused_also_if_its_streams_were_too_young_to_be_counted()
    {
        await _log.DisposeAsync();
        Directory.Delete(_root, recursive: true);
        _renewEvery = TimeSpan.FromMinutes(1);
        _log = await TestLog.StartAsync(blobs: _blobs, cluster: "young", configure: log => (log.DataDirectory, log.RenewEvery, log.StandstillAfter) = (_root, _renewEvery, TimeSpan.FromMinutes(5)));
        var node = _log.NodeOf(0).Node.NodeId;
        await AppendAsync("young", "0");
        (await _log.Of<NodeRegistry>(0).FindAsync(node))!.Record.Load.Streams.ShouldBe(0);
        await _log.KillAsync();
        Directory.Delete(_root, recursive: true);

        (await RefusedAsync<StoreRefusedException>(() => StartAsync(_root, cluster: "young"))).Problem.ShouldBe(StoreProblem.NeedsRestore);
    }

    [Fact]
    public async Task Of_several_nodes_the_one_is_restored_that_a_silo_of_the_same_name_had()
    {
        var restore = false;
        await using var log = await TestLog.StartAsync(silos: 2, configure: options => (options.RenewEvery, options.Restore) = (TimeSpan.FromMilliseconds(100), restore));
        for (var i = 0; i < 6; i++)
        {
            await log.Log.EnsureAsync(StreamName.Parse($"s{i}"), new StreamConfigPatch(), EnsureCondition.None, default);
            var stream = await log.Log.OpenAsync(StreamName.Parse($"s{i}"), default);
            await stream.AppendAsync(new RecordBatch("0"u8.ToArray()), default, default);
            await stream.SnapshotAsync(default);
        }

        var (kept, lost, silo) = (log.NodeOf(0).Node.NodeId, log.NodeOf(1).Node.NodeId, log.Cluster.Silos[1]);
        var registry = log.Of<NodeRegistry>(0);
        while ((await registry.FindAsync(lost))!.Record.Load.Streams < log.NodeOf(1).Node.Health.Streams)
            await Task.Yield();

        await log.Cluster.KillSiloAsync(silo);
        Directory.Delete(log.DirectoryOf(silo.Name), recursive: true);
        restore = true;
        await log.RestartAsync(silo);

        (await registry.FindAsync(lost))!.Record.Stage.ShouldBe(NodeStage.Replaced);
        (await registry.FindAsync(kept))!.Record.Stage.ShouldBe(NodeStage.Running);
        for (var i = 0; i < 6; i++)
        {
            using var page = await (await log.Log.OpenAsync(StreamName.Parse($"s{i}"), default)).ReadAsync(ReadRequest.FromLsn(0), default);
            Encoding.UTF8.GetString(page.Records.Span[0].Payload.Span).ShouldBe("0");
        }
    }

    [Fact]
    public async Task A_node_that_was_replaced_while_its_process_stood_still_acknowledges_nothing_and_its_silo_stops()
    {
        await AppendAsync("s", "0");
        var registry = _log.Of<NodeRegistry>(0);
        var presence = _log.Of<NodePresence>(0);
        var node = _log.NodeOf(0).Node.NodeId;

        // As a restore elsewhere does it.
        for (var replaced = false; !replaced;)
        {
            try
            {
                var found = (await registry.FindAsync(node))!;
                await registry.PutAsync(found, found.Record with { Stage = NodeStage.Replaced, Renewal = found.Record.Renewal + 1 });
                replaced = true;
            }
            catch (LogException error) when (error.Code == LogErrorCode.Moving)
            {
                // It renewed itself in between.
            }
        }

        await _log.StoppedAsync(0).WaitAsync(TimeSpan.FromSeconds(30));
        (await Should.ThrowAsync<LogException>(() => presence.WhenConfirmedAsync().AsTask())).SideEffects.ShouldBe(SideEffects.Possible);
    }

    private Task<TestLog> StartAsync(string directory, string? cluster = null, bool restore = false) =>
        TestLog.StartAsync(
            blobs: _blobs,
            cluster: cluster ?? "ours",
            configure: log =>
            {
                log.DataDirectory = directory;
                log.RenewEvery = _renewEvery;
                log.StandstillAfter = TimeSpan.FromMinutes(5);
                log.Restore = restore;
            });

    private async Task<long> AppendAsync(string name, string text)
    {
        await _log.Log.EnsureAsync(StreamName.Parse(name), new StreamConfigPatch(), EnsureCondition.None, default);
        var stream = await _log.Log.OpenAsync(StreamName.Parse(name), default);
        return (await stream.AppendAsync(new RecordBatch(Encoding.UTF8.GetBytes(text)), default, default)).Start;
    }

    /// <summary>The refusal, however deep the host has wrapped it.</summary>
    private static async Task<T> RefusedAsync<T>(Func<Task> start)
        where T : Exception
    {
        var error = await Should.ThrowAsync<Exception>(start);
        for (Exception? inner = error; inner is not null; inner = inner is AggregateException { InnerExceptions: [var first, ..] } ? first : inner.InnerException)
        {
            if (inner is T found)
                return found;
        }

        throw new ShouldAssertException($"Expected {typeof(T).Name}: {error}");
    }

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from).Where(static file => Path.GetFileName(file) != "lock"))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));

        foreach (var directory in Directory.GetDirectories(from))
            CopyDirectory(directory, Path.Combine(to, Path.GetFileName(directory)));
    }
}
