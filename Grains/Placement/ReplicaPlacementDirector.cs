using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Nodes;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Log.Grains.Placement;

/// <summary>Finds the silo of a stream: by where the stream lives, or, for a name that no stream has, by load. A stream whose node is away is refused at once.</summary>
internal sealed class ReplicaPlacementDirector(StreamDirectory directory, NodeMap nodes) : IPlacementDirector
{
    /// <inheritdoc/>
    public async Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var compatible = context.GetCompatibleSilos(target);
        if (!StreamName.TryParse(target.GrainIdentity.Key.ToString(), out var name) || await directory.FindAsync(name) is not { } found)
            return await nodes.LeastLoadedAsync(compatible);

        return await nodes.SiloOfAsync(found.Home.Node) is { } silo && compatible.Contains(silo) ? silo : throw NodeMap.Away(found);
    }
}
