using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client.Http;

/// <summary>A change of configuration as a merge patch, in which null takes a bound away.</summary>
internal static class ConfigPatch
{
    /// <summary>The patch. Throws <see cref="ArgumentException"/> if a bound is to be set and lifted.</summary>
    public static ReadOnlyMemory<byte> Of(StreamConfigBody change, RetentionBounds lift)
    {
        var patch = (JsonObject)JsonSerializer.SerializeToNode(change, WireJson.Default.StreamConfigBody)!;
        Lift(RetentionBounds.Age, "retention_age_seconds");
        Lift(RetentionBounds.Bytes, "retention_bytes");
        Lift(RetentionBounds.Records, "retention_records");
        return Encoding.UTF8.GetBytes(patch.ToJsonString());

        void Lift(RetentionBounds bound, string member)
        {
            if (lift.HasFlag(bound) && !patch.TryAdd(member, null))
                throw new ArgumentException($"{member} cannot be set and lifted at once.", nameof(lift));
        }
    }
}
