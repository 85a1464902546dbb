using System.Text.Json.Serialization;
using Orleans.Log.Cli.Bench;
using Orleans.Log.Cli.Doctor;
using Orleans.Log.Cli.Files;
using Orleans.Log.Cli.Stores;

namespace Orleans.Log.Cli.Terminal;

/// <summary>Results that are olog's own, with --json: snake_case, absent instead of null. The others are shapes of the HTTP API.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeletedResult))]
[JsonSerializable(typeof(ImportResult))]
[JsonSerializable(typeof(ExportResult))]
[JsonSerializable(typeof(BenchResult))]
[JsonSerializable(typeof(DoctorResult))]
[JsonSerializable(typeof(RestoreResult))]
[JsonSerializable(typeof(StoreResult))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>What delete says.</summary>
internal sealed record DeletedResult
{
    /// <summary>Name of the stream, which is gone now.</summary>
    public required string Deleted { get; init; }
}
