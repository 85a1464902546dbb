using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Offload;

/// <summary>How long the store is left alone after failures: doubled from one to the next, up to a bound, and spread, so that nodes which failed together do not come back together. Not safe for several threads.</summary>
internal sealed class RetryDelay(TimeSpan from, TimeSpan to, Guid node)
{
    private readonly Random _spread = new(node.GetHashCode());
    private int _failures;

    /// <summary>Another failure; the result is how long to wait. What the store itself asks for counts if it is more.</summary>
    public TimeSpan Next(Exception failure)
    {
        var doubled = from * Math.Pow(2, Math.Min(_failures++, 30));
        var bound = doubled < to ? doubled : to;
        var wait = bound * (0.5 + (_spread.NextDouble() / 2));
        return failure is BlobStoreException { RetryAfter: { } asked } && asked > wait ? asked : wait;
    }

    /// <summary>Something succeeded.</summary>
    public void Reset() => _failures = 0;
}
