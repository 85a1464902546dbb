using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>The directory of checkpoints.</summary>
internal static class CheckpointFiles
{
    /// <summary>
    /// Deletes everything but the checkpoint in force. Not made durable: what comes back after a crash is swept by the next start.
    /// </summary>
    public static void Sweep(IDisk disk, long inForce)
    {
        foreach (var file in disk.List(CheckpointFormat.Directory))
        {
            if (CheckpointFormat.SequenceOf(file) is { } sequence ? sequence != inForce : file.EndsWith(".tmp", StringComparison.Ordinal))
                disk.Delete($"{CheckpointFormat.Directory}/{file}");
        }
    }
}
