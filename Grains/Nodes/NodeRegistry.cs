using System.Text.Json;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Grains.Homes;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Nodes;

/// <summary>A node as it was read.</summary>
/// <param name="Record">What it says of itself.</param>
/// <param name="Version">Which value this was.</param>
internal sealed record FoundNode(NodeRecord Record, MetadataVersion Version)
{
    /// <summary>Its silo.</summary>
    public SiloAddress Silo { get; } = SiloAddress.FromParsableString(Record.Silo);
}

/// <summary>The nodes of the cluster, in the metadata store. Safe for use by any number of threads; failures as in <see cref="StreamDirectory"/>.</summary>
internal sealed class NodeRegistry(IMetadataStore metadata)
{
    private const string Area = "nodes/";

    /// <summary>A node, or null if the cluster has none of this id.</summary>
    public Task<FoundNode?> FindAsync(Guid node, CancellationToken cancellationToken = default) =>
        MetadataCalls.RunAsync(async () => await metadata.GetAsync(KeyOf(node), cancellationToken) is { } entry ? Read(entry) : null);

    /// <summary>All nodes that ever were in the cluster.</summary>
    public Task<List<FoundNode>> ListAsync(CancellationToken cancellationToken = default) =>
        MetadataCalls.RunAsync(async () =>
        {
            var nodes = new List<FoundNode>();
            await foreach (var entry in metadata.ListAsync(Area, cancellationToken))
                nodes.Add(Read(entry));

            return nodes;
        });

    /// <summary>Writes a node's record: in the place of what was found, or where nothing was. <see cref="LogErrorCode.Moving"/> if somebody else was there.</summary>
    public Task<FoundNode> PutAsync(FoundNode? found, NodeRecord record, CancellationToken cancellationToken = default) =>
        MetadataCalls.RunAsync(async () =>
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(record, MetadataJson.Default.NodeRecord);
            var version = found is null
                ? await metadata.CreateAsync(KeyOf(record.Node), bytes, cancellationToken)
                : await metadata.ReplaceAsync(KeyOf(record.Node), bytes, found.Version, cancellationToken);
            return new FoundNode(record, version);
        });

    private static MetadataKey KeyOf(Guid node) => new(Area + node.ToString("N"));

    private static FoundNode Read(MetadataEntry entry)
    {
        try
        {
            return new FoundNode(JsonSerializer.Deserialize(entry.Value.Span, MetadataJson.Default.NodeRecord) ?? throw new JsonException("The value is null."), entry.Version);
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new LogException(LogErrorCode.Corrupt, $"What the cluster's metadata says of {entry.Key} cannot be read: {error.Message}", default, error);
        }
    }
}
