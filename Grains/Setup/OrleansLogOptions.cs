using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Grains.Setup;

/// <summary>How a silo holds its part of the log.</summary>
public sealed class OrleansLogOptions
{
    /// <summary>The node's data directory: its own, on a disk of its machine. Locked while the silo runs.</summary>
    public string DataDirectory { get; set; } = string.Empty;

    /// <summary>Settings of the node. The WAL's budget should be set: with a store the WAL is a buffer.</summary>
    public LogNodeOptions Node { get; set; } = new();

    /// <summary>
    /// The data directory of a node is lost, and this empty one is to go on with its streams. What lay only in the lost log is reported as lost. Of no effect on a directory that has a node's data.
    /// </summary>
    public bool Restore { get; set; }

    /// <summary>Which node was lost; null for the one that a silo of this name had, or else the only one of the store that has streams.</summary>
    public Guid? RestoreFrom { get; set; }

    /// <summary>How often the node tells the cluster that it is at work: 100 ms to 1 minute, 2 s by default.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After how long a standstill of the process nothing is acknowledged before the cluster has confirmed that the node was not replaced meanwhile: more than twice <see cref="RenewEvery"/>, up to 10 minutes; 10 s by default.
    /// </summary>
    public TimeSpan StandstillAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Opens the data directory; the suites put another disk in its place.</summary>
    internal Func<string, IDisk> OpenDisk { get; set; } = static directory => HostDisk.Open(directory);

    /// <summary>Another clock for the node, and for nothing else of the silo.</summary>
    internal TimeProvider? NodeTime { get; set; }

    /// <summary>What to do when the node's log has failed; the default ends the process.</summary>
    internal Action<Exception>? OnFailure { get; set; }
}
