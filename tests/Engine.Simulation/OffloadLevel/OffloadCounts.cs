namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>What happened in a world, or in many.</summary>
internal sealed class OffloadCounts
{
    public int Deaths { get; set; }

    public int Restores { get; set; }

    public int Rounds { get; set; }

    public int Snapshots { get; set; }

    public int Swept { get; set; }

    public int Retained { get; set; }

    public int Deletions { get; set; }

    public int Full { get; set; }

    public int Results { get; set; }

    /// <summary>What happened least often.</summary>
    public int Least => new[] { Deaths, Restores, Rounds, Snapshots, Swept, Retained, Deletions, Full, Results }.Min();

    public void Add(OffloadCounts other)
    {
        (Deaths, Restores, Rounds) = (Deaths + other.Deaths, Restores + other.Restores, Rounds + other.Rounds);
        (Snapshots, Swept, Retained) = (Snapshots + other.Snapshots, Swept + other.Swept, Retained + other.Retained);
        (Deletions, Full, Results) = (Deletions + other.Deletions, Full + other.Full, Results + other.Results);
    }

    public override string ToString() =>
        $"{Deaths} deaths, {Restores} disks lost and rebuilt, {Rounds} times offloaded, {Snapshots} snapshots on demand, {Swept} blobs swept, {Retained} times cut down by retention, {Deletions} streams deleted, "
        + $"{Full} calls refused for want of room, {Results} results as predicted";
}
