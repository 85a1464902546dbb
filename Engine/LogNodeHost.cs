using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine;

/// <summary>Who a node is, and how much it has.</summary>
/// <param name="Node">Identity of the data directory.</param>
/// <param name="Wal">Identity of the write-ahead log that was formatted in it.</param>
/// <param name="Streams">Number of streams.</param>
public readonly record struct LogNodeIdentity(Guid Node, Guid Wal, int Streams);

/// <summary>What a node takes from the process that it runs in. Everything but the disk has a default that suits a product.</summary>
public sealed record LogNodeHost
{
    /// <summary>The data directory.</summary>
    public required IDisk Disk { get; init; }

    /// <summary>
    /// The store that streams are moved to, and read from again. Null, the default: everything stays in the data directory. A directory that was bound to a store needs it from then on.
    /// </summary>
    public IBlobStore? Blobs { get; init; }

    /// <summary>
    /// Other nodes that are at work have streams in the store, so an empty data directory may be that of a new node. Whoever says so must know by other means that it is not the lost directory of an old one:
    /// without it such a start is refused.
    /// </summary>
    public bool StoreIsShared { get; init; }

    /// <summary>
    /// Asked once the data directory is recovered and before the store is touched or anything is served: may this node start here? Throws to refuse. A cluster looks there whether the node is at work elsewhere.
    /// </summary>
    public Func<LogNodeIdentity, CancellationToken, Task>? Admit { get; init; }

    /// <summary>The clock. What cannot be undone does not depend on one reading of it, see <see cref="LogClock"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the node says what it does: a line per lifecycle event or failure, none per request.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Makes the meter; without one the node's meter is visible to listeners of the process only.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>
    /// Called once, when the WAL has failed: everything pending has been answered, and nothing is acknowledged any more. The default ends the process at
    /// once, because no state of the disk behind a failed flush can be trusted until it is read again by a new process.
    /// </summary>
    public Action<Exception> OnFailure { get; init; } =
        static error => Environment.FailFast($"The write-ahead log failed, so the process ends: {error.Message}", error);

    /// <summary>Makes the ids of streams: 128 random bits. A simulation gives repeatable ones.</summary>
    public Func<StreamId> NewStreamId { get; init; } = static () => StreamId.FromBytes(RandomNumberGenerator.GetBytes(StreamId.Size));

    /// <summary>Makes the ids of a directory that is formatted; random by default.</summary>
    public Func<Guid>? NewDirectoryId { get; init; }

    /// <summary>Make checkpoints when they are worthwhile; without it only on demand and at the stop, so that a suite knows which one it sees.</summary>
    internal bool BackgroundCheckpoints { get; init; } = true;

    /// <summary>Called before each stage of a checkpoint; the suites throw there, or crash the disk.</summary>
    internal Action<Checkpoints.CheckpointStage>? CheckpointProbe { get; init; }

    /// <summary>Offload when there is something to do; without it only on demand.</summary>
    internal bool BackgroundOffload { get; init; } = true;

    /// <summary>Called before each step on the way to the store.</summary>
    internal Action<Offload.OffloadStage>? OffloadProbe { get; init; }
}
