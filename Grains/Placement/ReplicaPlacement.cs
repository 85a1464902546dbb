using Orleans.Placement;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Placement;

/// <summary>Only onto the silo whose node holds the stream; a new stream onto the silo that carries least.</summary>
[Serializable]
internal sealed class ReplicaPlacement : PlacementStrategy;

/// <summary>Places a grain by <see cref="ReplicaPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ReplicaPlacementAttribute() : PlacementAttribute(new ReplicaPlacement());
