using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>Reads the checkpoint that the control slot names, and refuses every other.</summary>
internal static class CheckpointLoader
{
    /// <summary>Hands over its header, then its streams, the catalog's own first; nothing of it may be relied on unless the call returns.</summary>
    /// <returns>Length of the file in bytes.</returns>
    public static long Load(IDisk disk, Guid walId, in WalCheckpoint wanted, Action<CheckpointHeader> onHeader, Action<CheckpointStream> onStream)
    {
        var name = CheckpointFormat.FileName(wanted.Sequence);
        try
        {
            using var file = disk.Open(name, DiskAccess.Read);
            using var reader = new CheckpointReader(file);
            RequireSame(reader.Header, walId, wanted);
            onHeader(reader.Header);
            while (reader.Next() is { } stream)
                onStream(stream);

            if (new WalDigest(reader.Digest) != wanted.Digest)
                throw new CheckpointException(CheckpointFault.DigestDiffers, "It is whole, and it is not the one that was published.");

            return file.Length;
        }
        catch (CheckpointException error)
        {
            var problem = error.Fault == CheckpointFault.UnsupportedVersion ? DataDirectoryProblem.NewerVersion : DataDirectoryProblem.BadCheckpoint;
            throw new DataDirectoryException(problem, $"Checkpoint {name} cannot be used ({error.Fault}): {error.Message} {Advice}", error);
        }
        catch (DiskException error) when (error.Failure == DiskFailure.NotFound)
        {
            throw new DataDirectoryException(
                DataDirectoryProblem.BadCheckpoint, $"Checkpoint {name}, which the control slot names, is missing. {Advice}", error);
        }
    }

    private const string Advice = "What it held may no longer be in the log, so the node does not start without it. Restore the file, or the directory, from a copy.";

    private static void RequireSame(in CheckpointHeader header, Guid walId, in WalCheckpoint wanted)
    {
        if (header.WalId != walId)
            throw new CheckpointException(CheckpointFault.Foreign, $"It belongs to WAL {header.WalId} and not to {walId}.");

        if (header.Sequence != wanted.Sequence || header.Position != wanted.Position)
        {
            throw new CheckpointException(
                CheckpointFault.Foreign,
                $"It has sequence {header.Sequence} and position {header.Position}; the control slot says {wanted.Sequence} and {wanted.Position}.");
        }
    }
}
