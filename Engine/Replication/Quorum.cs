namespace Orleans.Log.Engine.Replication;

/// <summary>What a majority of replicas has made durable.</summary>
internal static class Quorum
{
    /// <summary>
    /// The highest entry that more than half of the replicas hold durably: the quorum-th largest of their durable entries. Only replicas that have
    /// promised the leader's tenure may be counted.
    /// </summary>
    /// <param name="durable">Durable entry of each replica; reordered.</param>
    public static long Committed(Span<long> durable)
    {
        durable.Sort();
        return durable[(durable.Length - 1) / 2];
    }
}
