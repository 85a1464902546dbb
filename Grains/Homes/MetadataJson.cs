using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Log.Grains.Nodes;

namespace Orleans.Log.Grains.Homes;

/// <summary>How values stand in the metadata store: JSON, so that people can read it. What surrounds it there is checked by the store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StreamHome))]
[JsonSerializable(typeof(NodeRecord))]
internal sealed partial class MetadataJson : JsonSerializerContext;
