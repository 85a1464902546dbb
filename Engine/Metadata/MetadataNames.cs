using System.Security.Cryptography;
using System.Text;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Metadata;

/// <summary>Names of the blobs of one cluster's metadata (docs/FORMAT.md §17). Another naming would not find what is there: persisted, never change.</summary>
internal sealed class MetadataNames(string cluster)
{
    private readonly string _root = $"meta/{Escape(cluster)}/";

    /// <summary>The blob of a key.</summary>
    public BlobName Of(MetadataKey key) => new($"{_root}{key.Area}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key.Value)))}");

    /// <summary>How the names of an area's blobs begin.</summary>
    public string PrefixOf(string area) => $"{_root}{area}/";

    private static string Escape(string cluster)
    {
        var escaped = new StringBuilder(2 * cluster.Length);
        foreach (var character in cluster)
        {
            _ = character switch
            {
                >= 'A' and <= 'Z' => escaped.Append('-').Append((char)(character + ('a' - 'A'))),
                '.' => escaped.Append("-0"),
                '_' => escaped.Append("-1"),
                '-' => escaped.Append("-2"),
                _ => escaped.Append(character),
            };
        }

        return escaped.ToString();
    }
}
