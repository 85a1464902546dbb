namespace Orleans.Log.Process.Faults.Server;

/// <summary>A small file system in memory, mounted on a temporary folder. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    public SmallDisk(int mebibytes) => Tools.Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "none", Root);

    public string Root { get; } = Directory.CreateTempSubdirectory("orleans-log-disk-").FullName;

    /// <summary>Where a node's data goes.</summary>
    public string Data => Path.Combine(Root, "data");

    public void RemountReadOnly() => Tools.Run("mount", "-o", "remount,ro", Root);

    /// <summary>Takes room away, until the file is deleted.</summary>
    public string Fill(int mebibytes)
    {
        var ballast = Path.Combine(Root, "ballast");
        File.WriteAllBytes(ballast, new byte[mebibytes * 1024 * 1024]);
        return ballast;
    }

    public void Dispose()
    {
        Tools.Run("umount", Root);
        Directory.Delete(Root);
    }
}
