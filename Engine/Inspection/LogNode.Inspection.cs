using Orleans.Log.Engine.Inspection;

namespace Orleans.Log.Engine;

/// <content>What an inspection looks at.</content>
public sealed partial class LogNode
{
    /// <summary>Every stream as it stands, in the order of the names; opens none.</summary>
    internal IReadOnlyList<InspectedStream> InspectStreams() =>
        [.. _catalog.Streams.OrderBy(static stream => stream.Name).Select(static stream => new InspectedStream(stream.Describe(), stream.Pipeline.Status.Damaged))];
}
