using Orleans.Log.Engine.Inspection;
using Orleans.Log.Engine.Offload;

namespace Orleans.Log.Engine;

/// <content>What an inspection looks at.</content>
public sealed partial class LogNode
{
    /// <summary>Every stream as it stands, in the order of the names; opens none.</summary>
    internal IReadOnlyList<InspectedStream> InspectStreams() =>
        [.. _catalog.Streams.OrderBy(static stream => stream.Name).Select(static stream => new InspectedStream(stream.Describe(), stream.Pipeline.Status.Damaged))];

    /// <summary>What is wrong with the file that names the directory's blob store, or null.</summary>
    internal string? InspectBinding()
    {
        try
        {
            StoreOpening.ReadBinding(_host.Disk);
            return StoreOpening.ProblemOf(_host.Disk, _catalog)?.Message;
        }
        catch (StoreRefusedException refused)
        {
            return refused.Message;
        }
    }
}
