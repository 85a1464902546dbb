using System.Globalization;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// Where a store of files keeps what. Everything that is not a blob's directory has an underscore, which no blob's name can have: so a blob "a" and a
/// blob "a/b" do not meet, and no name reaches the store's own files.
/// </summary>
internal static class BlobFileNames
{
    public const string StoreMark = "_store";
    public const string LockDirectory = "_locks";
    public const string WriterDirectory = "_writers";
    public const string OpenLock = LockDirectory + "/open";

    /// <summary>Locks that share the blobs between them. Processes with different numbers would not exclude each other: persisted, never change.</summary>
    public const int Shards = 64;

    private const string Suffix = "_blob";

    public static string PathOf(BlobName name) => name.Value + Suffix;

    /// <summary>The last part of a blob's name, of its file's name; null if the file is none.</summary>
    public static string? LastPartOf(string file) => file.Length > Suffix.Length && file.EndsWith(Suffix, StringComparison.Ordinal) ? file[..^Suffix.Length] : null;

    /// <summary>The directory of a path; empty for the root.</summary>
    public static string DirectoryOf(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : string.Empty;

    /// <summary>The shard that a name falls into (FNV-1a over its characters): the same in every process.</summary>
    public static int ShardOf(BlobName name)
    {
        var hash = 2166136261;
        foreach (var character in name.Value)
            hash = (hash ^ character) * 16777619;

        return (int)(hash % Shards);
    }

    public static string LockOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"{LockDirectory}/{shard:x2}");

    public static string WriterOf(ulong writer) => string.Create(CultureInfo.InvariantCulture, $"{WriterDirectory}/{writer:x16}");

    /// <summary>A file being written, in the directory that it is going to stay in: a rename across directories would have to be flushed in both.</summary>
    public static string TemporaryOf(string directory, ulong writer, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{(directory.Length == 0 ? "" : directory + "/")}_{writer:x16}-{number:x}");

    /// <summary>The writer of a temporary file; null if the file is none.</summary>
    public static ulong? WriterOfTemporary(string file) => file.Length > 18 && file[0] == '_' && file[17] == '-' ? ParseWriter(file.AsSpan(1, 16)) : null;

    public static ulong? ParseWriter(ReadOnlySpan<char> text) =>
        text.Length == 16 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var writer) ? writer : null;
}
