namespace Orleans.Log.Clustering.Membership;

/// <summary>Where the members of a cluster find each other, and clients find them. Exactly one of the two is set; every silo and every client of a cluster has the same.</summary>
public sealed class OrleansLogClusteringOptions
{
    /// <summary>
    /// A folder that all silos and clients reach, on one machine: a store of files, made if it is not there. The same folder may hold the segments of the log. Configuration: Orleans:Clustering:Folder.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>Key under which the host has registered the <see cref="Engine.Blobs.IBlobStore"/> to use. Configuration: Orleans:Clustering:ServiceKey.</summary>
    public string? ServiceKey { get; set; }
}
