using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Blobs;

/// <summary>The tree of directories in which blobs lie.</summary>
internal static class BlobDirectories
{
    /// <summary>Every directory that may hold blobs, the root (empty) first.</summary>
    public static IEnumerable<string> All(IDisk disk)
    {
        var open = new Stack<string>([string.Empty]);
        while (open.TryPop(out var directory))
        {
            yield return directory;
            foreach (var child in Children(disk, directory))
                open.Push(child);
        }
    }

    /// <summary>
    /// Blobs in ordinal order of their names, lazily. Within one directory a blob sorts as its name and a directory as its name with a slash, behind which all
    /// that lies in it follows without a gap; so sorting each directory by itself sorts everything. Files that no blob's name leads to are passed over.
    /// </summary>
    public static IEnumerable<BlobListing> Walk(IDisk disk, string prefix, string? after) => Walk(disk, string.Empty, prefix, after);

    private static IEnumerable<BlobListing> Walk(IDisk disk, string directory, string prefix, string? after)
    {
        var start = directory.Length == 0 ? string.Empty : directory + '/';
        var entries = disk.List(directory).Select(BlobFileNames.LastPartOf).OfType<string>().Select(part => start + part)
            .Concat(Children(disk, directory).Select(child => child + '/'))
            .Order(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry[^1] == '/')
            {
                if (MayHold(entry, prefix, after))
                {
                    foreach (var blob in Walk(disk, entry[..^1], prefix, after))
                        yield return blob;
                }
            }
            else if (entry.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(entry, after) > 0
                && BlobName.TryParse(entry, out var name) && LengthOf(disk, name) is { } length)
            {
                yield return new BlobListing(name, length);
            }
        }
    }

    private static bool MayHold(string directory, string prefix, string? after) =>
        (directory.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(directory, StringComparison.Ordinal))
        && (after is null || string.CompareOrdinal(directory, after) > 0 || after.StartsWith(directory, StringComparison.Ordinal));

    private static IEnumerable<string> Children(IDisk disk, string directory) =>
        disk.ListDirectories(directory)
            .Select(child => directory.Length == 0 ? child : $"{directory}/{child}")
            .Where(child => BlobName.TryParse(child, out _));

    /// <summary>Null if it is gone meanwhile.</summary>
    private static long? LengthOf(IDisk disk, BlobName name)
    {
        try
        {
            using var file = disk.Open(BlobFileNames.PathOf(name), DiskAccess.Read);
            return Math.Max(0, file.Length - BlobFileHeader.Length);
        }
        catch (DiskException error) when (error.Failure == DiskFailure.NotFound)
        {
            return null;
        }
    }
}
