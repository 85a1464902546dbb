using System.Text;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Grains.Nodes;

/// <summary>The file <c>cluster</c> in a data directory (docs/FORMAT.md): the name of the cluster whose streams are in it, so that a silo of another one does not serve them.</summary>
internal static class ClusterBinding
{
    private const string FileName = "cluster";
    private const string Temporary = FileName + ".tmp";
    private const int MaxLength = 256;

    /// <summary>Throws <see cref="StoreRefusedException"/> if the directory belongs to another cluster.</summary>
    public static void Require(IDisk disk, string cluster)
    {
        if (!disk.Exists(FileName))
            return;

        var bytes = new byte[MaxLength + 1];
        using var file = disk.Open(FileName, DiskAccess.Read);
        var bound = Encoding.UTF8.GetString(bytes.AsSpan(0, file.Read(0, bytes)));
        if (bound != cluster)
            throw new StoreRefusedException(StoreProblem.OtherStore, $"The data directory belongs to cluster '{bound}', and this silo is of cluster '{cluster}'. Nothing in it was changed.");
    }

    /// <summary>Binds the directory; durable when it returns. No effect if it is bound already.</summary>
    public static void Bind(IDisk disk, string cluster)
    {
        if (disk.Exists(FileName))
            return;

        using (var file = disk.Create(Temporary))
        {
            file.Write(0, Encoding.UTF8.GetBytes(cluster));
            file.Flush();
        }

        disk.Rename(Temporary, FileName);
        disk.FlushDirectory(string.Empty);
    }
}
