using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Log.Api.Contracts;

/// <summary>
/// Serialization of every shape without reflection: snake_case, absent instead of null, unknown members ignored, so that an older
/// client reads a newer server. (The server reads requests strictly.)
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Default)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(StreamBody))]
[JsonSerializable(typeof(StreamConfigBody))]
[JsonSerializable(typeof(StreamListBody))]
[JsonSerializable(typeof(AppendBody))]
[JsonSerializable(typeof(AppendedBody))]
[JsonSerializable(typeof(AppendLineBody))]
[JsonSerializable(typeof(RecordBody))]
[JsonSerializable(typeof(PageBody))]
[JsonSerializable(typeof(TailBody))]
[JsonSerializable(typeof(TrimBody))]
[JsonSerializable(typeof(FenceBody))]
[JsonSerializable(typeof(CommandBody))]
[JsonSerializable(typeof(ClusterBody))]
[JsonSerializable(typeof(NodeBody))]
[JsonSerializable(typeof(SnapshotBody))]
[JsonSerializable(typeof(SnapshotListBody))]
public sealed partial class WireJson : JsonSerializerContext;
