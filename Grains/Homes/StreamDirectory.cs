using System.Runtime.CompilerServices;
using System.Text.Json;
using Orleans.Log.Engine.Metadata;

namespace Orleans.Log.Grains.Homes;

/// <summary>
/// Where every stream of the cluster lives, in the metadata store. What it throws is the log's: a store that is away is <see cref="LogErrorCode.StoreUnavailable"/>, a change that somebody else was faster
/// with <see cref="LogErrorCode.Moving"/>. Safe for use by any number of threads.
/// </summary>
internal sealed class StreamDirectory(IMetadataStore metadata)
{
    private const string Area = "streams/";

    /// <summary>The home of a stream, or null if no stream has the name.</summary>
    public Task<FoundHome?> FindAsync(StreamName name, CancellationToken cancellationToken = default) =>
        MetadataCalls.RunAsync(async () => Read(await metadata.GetAsync(KeyOf(name), cancellationToken)));

    /// <summary>All streams whose names begin with a prefix, in no order; a call to the store for each.</summary>
    public async IAsyncEnumerable<FoundHome> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in metadata.ListAsync(Area + prefix, cancellationToken))
            yield return Read(entry)!;
    }

    /// <summary>Takes the place of a new stream.</summary>
    public Task<FoundHome> CreateAsync(StreamName name, StreamHome home, CancellationToken cancellationToken) =>
        MetadataCalls.RunAsync(async () => new FoundHome(name, home, await metadata.CreateAsync(KeyOf(name), BytesOf(home), cancellationToken)));

    /// <summary>Changes a home, if it is still as it was found.</summary>
    public Task<FoundHome> ReplaceAsync(FoundHome found, StreamHome home) =>
        MetadataCalls.RunAsync(async () => new FoundHome(found.Name, home, await metadata.ReplaceAsync(KeyOf(found.Name), BytesOf(home), found.Version)));

    /// <summary>Frees the name, if the home is still as it was found.</summary>
    public Task DeleteAsync(FoundHome found) =>
        MetadataCalls.RunAsync(async () =>
        {
            await metadata.DeleteAsync(KeyOf(found.Name), found.Version);
            return true;
        });

    private static MetadataKey KeyOf(StreamName name) => new(Area + name.Value);

    private static byte[] BytesOf(StreamHome home) => JsonSerializer.SerializeToUtf8Bytes(home, MetadataJson.Default.StreamHome);

    private static FoundHome? Read(MetadataEntry? entry)
    {
        if (entry is null)
            return null;

        try
        {
            var home = JsonSerializer.Deserialize(entry.Value.Span, MetadataJson.Default.StreamHome) ?? throw new JsonException("The value is null.");
            return new FoundHome(StreamName.Parse(entry.Key.Value[Area.Length..]), home, entry.Version);
        }
        catch (Exception error) when (error is JsonException or FormatException or LogException)
        {
            throw new LogException(LogErrorCode.Corrupt, $"What the cluster's metadata says of {entry.Key} cannot be read: {error.Message}", default, error);
        }
    }
}
