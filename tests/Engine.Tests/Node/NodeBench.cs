using System.Diagnostics.Metrics;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Tests.Node;

/// <summary>Nodes over one simulated disk, one after the other: started, stopped, killed.</summary>
internal sealed class NodeBench : IAsyncDisposable
{
    private readonly List<LogNode> _started = [];

    public SimulatedDisk Disk { get; set; } = new();

    /// <summary>Files of 1 MiB and batches of at most 128 KiB, so that a test writes many files.</summary>
    public LogNodeOptions Options { get; } = new()
    {
        Wal = { FileSizeMiB = 1, LargestBodyBytes = 128 * 1024, InFlightBytes = 8 * 1024 * 1024, KeepFreeBytes = 0, ControlReserveBytes = 128 * 1024 },
    };

    public NodeLog Log { get; } = new();

    public Action<CheckpointStage>? Probe { get; set; }

    public bool BackgroundCheckpoints { get; init; } = true;

    public IMeterFactory? Meters { get; set; }

    /// <summary>The store; none by default.</summary>
    public IBlobStore? Blobs { get; set; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public bool BackgroundOffload { get; init; } = true;

    /// <summary>Other nodes use the store.</summary>
    public bool StoreIsShared { get; init; }

    public Action<OffloadStage>? OffloadProbe { get; set; }

    /// <summary>Ends when a node has told its host that its WAL failed, which comes after its callers were told.</summary>
    public TaskCompletionSource<Exception> Failed { get; } = new();

    public LogNode Node => _started[^1];

    public async Task<LogNode> StartAsync(IDisk? disk = null)
    {
        _started.Add(await LogNode.StartAsync(Options, Host(disk)));
        return Node;
    }

    public LogNodeHost Host(IDisk? disk = null) => new()
    {
        Disk = disk ?? Disk,
        Loggers = Log,
        Meters = Meters,
        OnFailure = error => Failed.TrySetResult(error),
        BackgroundCheckpoints = BackgroundCheckpoints,
        CheckpointProbe = stage => Probe?.Invoke(stage),
        Blobs = Blobs,
        Time = Time,
        BackgroundOffload = BackgroundOffload,
        StoreIsShared = StoreIsShared,
        OffloadProbe = stage => OffloadProbe?.Invoke(stage),
    };

    /// <summary>Stops in order and starts again, on the same disk or on the one given.</summary>
    public async Task<LogNode> RestartAsync(IDisk? disk = null)
    {
        await Node.DisposeAsync();
        _started.Remove(Node); // what it holds in memory is nobody's any longer
        return await StartAsync(disk);
    }

    /// <summary>The process dies and another one starts on what it left.</summary>
    public async Task<LogNode> CrashAsync()
    {
        Disk = Disk.AfterProcessDeath();
        return await StartAsync();
    }

    /// <summary>The process dies; nothing of it stays behind but the disk as it left it.</summary>
    public async Task KillAsync()
    {
        var (dead, disk) = (Node, Disk.AfterProcessDeath());
        await dead.DisposeAsync();
        _started.Remove(dead);
        Disk = disk;
    }

    public async Task<ILogStream> CreateAsync(string name, StreamConfigPatch? patch = null)
    {
        await Node.EnsureAsync(StreamName.Parse(name), patch ?? new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);
        return await OpenAsync(name);
    }

    public ValueTask<ILogStream> OpenAsync(string name) => Node.OpenAsync(StreamName.Parse(name), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _started)
            await node.DisposeAsync();
    }
}
