using Orleans.Log.Engine.Catalog;

namespace Orleans.Log.Engine.Offload;

/// <summary>Whoever knows what the catalog says of a stream.</summary>
internal interface IStreamOwner
{
    /// <summary>What it says, as ordered.</summary>
    CatalogEntry Entry { get; }
}
