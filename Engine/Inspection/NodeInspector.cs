using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Inspection;

/// <summary>
/// Says what a node would find in a data directory, by running the very recovery that a start runs, on a disk whose changes stay in memory. So what is
/// reported is what would happen, and the directory is left as it is, byte for byte.
/// </summary>
public static class NodeInspector
{
    /// <summary>
    /// Reads and verifies everything that counts. Throws <see cref="DataDirectoryException"/> if a node would refuse the directory, or if there is none, and
    /// <see cref="DiskException"/> if the disk fails. The directory is locked meanwhile.
    /// </summary>
    /// <param name="disk">The directory.</param>
    /// <param name="progress">Told the bytes of the log that have been read, from one thread at a time; more than the log has if parts are read twice.</param>
    /// <param name="cancellationToken">Looked at before the work begins.</param>
    public static async Task<NodeInspection> InspectAsync(IDisk disk, Action<long>? progress = null, CancellationToken cancellationToken = default)
    {
        WalDirectory.RequireSlotsOrEmpty(disk);
        if (disk.List(string.Empty).Count == 0)
            throw new DataDirectoryException(DataDirectoryProblem.Missing, "The directory is empty: no node has ever used it.");

        long read = 0;
        var telling = new Lock();
        var scratch = new InspectionDisk(disk, (name, bytes) =>
        {
            if (progress is null || !name.StartsWith(WalFileName.Directory, StringComparison.Ordinal))
                return;

            lock (telling)
                progress(read += bytes);
        });

        // Without the blob store that the directory may be bound to: what is there is that store's inspection.
        cancellationToken.ThrowIfCancellationRequested();
        await using var node = await Task.Run(
            () => LogNode.Start(new LogNodeOptions(), new LogNodeHost { Disk = scratch, OnFailure = static _ => { } }), CancellationToken.None);
        return node.Recovery.Wal.Formatted
            ? throw new DataDirectoryException(DataDirectoryProblem.Missing, "Nothing was ever written here: a node would format the directory.")
            : new NodeInspection(node.Recovery, node.InspectStreams(), node.InspectBinding());
    }

    /// <summary>Bytes of the files that an inspection reads, for progress.</summary>
    public static long Measure(IDisk disk)
    {
        long bytes = 0;
        foreach (var sequence in WalDirectory.List(disk))
        {
            using var file = disk.Open(WalFileName.Of(sequence), DiskAccess.Read);
            bytes += file.Length;
        }

        return bytes;
    }
}

/// <summary>What is in a data directory.</summary>
/// <param name="Recovery">What a start would find and do.</param>
/// <param name="Streams">The streams as they would stand, in the order of their names.</param>
/// <param name="BindingProblem">Fault of the file that names the blob store; null if it can be read, or is missing and not needed.</param>
public sealed record NodeInspection(LogNodeRecoveryReport Recovery, IReadOnlyList<InspectedStream> Streams, string? BindingProblem)
{
    /// <summary>Is anything that was acknowledged lost or in doubt? What a start would cut off was not acknowledged and does not count.</summary>
    public bool Damaged =>
        Recovery.Wal.DamagedEntries > 0
        || Recovery.Wal.Damage.Count > 0
        || Recovery.Wal.HeadersRepairedFromContext > 0
        || Recovery.CatalogDamage is not null
        || Recovery.UnknownStreams > 0
        || BindingProblem is not null
        || Streams.Any(static stream => stream.Damaged);
}

/// <summary>One stream of an inspected directory.</summary>
/// <param name="Stream">How it would stand.</param>
/// <param name="Damaged">A part of it is lost, or its end is not proved: it would take no appends.</param>
public readonly record struct InspectedStream(StreamDescription Stream, bool Damaged);
