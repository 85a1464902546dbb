using System.Globalization;

namespace Orleans.Log.Process.Faults.Server;

/// <summary>A temporary folder that goes with everything in it.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("orleans-log-faults-").FullName;

    /// <summary>The node's data directory; made by the node.</summary>
    public string Data => Path.Combine(Root, "data");

    /// <summary>A directory for a blob store; made by the node.</summary>
    public string Blobs => Path.Combine(Root, "blobs");

    /// <summary>A file beside the data directory.</summary>
    public string FileBeside(string name, int number = 0) => Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{name}.{number}"));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
