namespace Orleans.Log.Testing;

/// <summary>What stands for a blob store beside a log in memory: nothing is moved anywhere, but a snapshot counts as published, and it can be away.</summary>
public sealed class VolatileStore
{
    /// <summary>It cannot be reached: no snapshot is published, and what is offloaded cannot be read.</summary>
    public bool IsAway { get; set; }

    /// <summary>Throws <see cref="LogErrorCode.StoreUnavailable"/> while it is away.</summary>
    public void ThrowIfAway()
    {
        if (IsAway)
            throw new LogException(LogErrorCode.StoreUnavailable, "The blob store cannot be reached.");
    }
}
