using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>
/// The suite's own trials, in small, run against a WAL with a planted defect until one of them fails. A defect that survives is a hole
/// in the suite.
/// </summary>
internal static class PlantedWalBugs
{
    /// <summary>Each bug must be caught within so many seeds of its trial.</summary>
    public const int Seeds = 40;

    /// <summary>The trial that must catch each bug.</summary>
    public static IReadOnlyDictionary<WalSabotage, string> CaughtBy { get; } = new Dictionary<WalSabotage, string>
    {
        [WalSabotage.AcknowledgeBeforeFlush] = "seeded lives",
        [WalSabotage.CompleteOutOfOrder] = "seeded lives",
        [WalSabotage.IgnoreChain] = "lost zeros",
        [WalSabotage.CutOnCorruption] = "stale write",
        [WalSabotage.TrustStaleFile] = "recycled file",
        [WalSabotage.SkipDirectoryFlush] = "seeded lives",
        [WalSabotage.SkipZeroAfterCut] = "seeded lives",
        [WalSabotage.SkipFlushBeforeRead] = "crash images",
        [WalSabotage.IgnorePlace] = "misdirected write",
        [WalSabotage.IgnoreBodyChecksum] = "bit flips",
        [WalSabotage.UseBlocksBehindHole] = "seeded lives",
        [WalSabotage.IgnoreDurableThrough] = "bit flips",
        [WalSabotage.RetryFailedFlush] = "failed flush",
        [WalSabotage.ExceedInFlightBound] = "seeded lives",
        [WalSabotage.SkipFlush] = "seeded lives",
        [WalSabotage.ReclaimBeforeControlSlot] = "crash images while files go",
        [WalSabotage.TakeAnyControlSlot] = "seeded lives",
        [WalSabotage.SkipRecord] = "replaced end",
        [WalSabotage.UseUnnamedFile] = "lost files",
    };

    private static readonly Dictionary<string, Action<int, WalSabotage>> Trials = new(StringComparer.Ordinal)
    {
        ["seeded lives"] = (seed, bug) => SeededRun.Run(seed, SeededRun.SetupOf(seed) with { Sabotage = bug }, lives: 6),
        ["crash images"] = (seed, bug) => CrashTrace.Run(seed, SeededRun.SetupOf(seed) with { Sabotage = bug }, steps: 4, imagesPerMoment: 4),
        ["crash images while files go"] = (seed, bug) => CrashTrace.RunReclaim(seed, ManyFiles(seed, bug), steps: 3, imagesPerMoment: 3),
        ["failed flush"] = (seed, bug) => FaultRun.Fails(
            seed, SeededRun.SetupOf(seed) with { Sabotage = bug, WriteDurable = false }, DiskCall.Flush, DiskFault.Error, 1 + (seed % 10)),
        ["misdirected write"] = (seed, bug) => FaultRun.Lies(seed, ManySectors(seed, bug), DiskFault.Misdirected, 1 + (seed % 10)),
        ["recycled file"] = (seed, bug) => FaultRun.Recycles(seed, new WalSetup(bug)),
        ["stale write"] = (seed, bug) => FaultRun.Lies(seed, ManySectors(seed, bug), DiskFault.Stale, 1 + (seed % 10)),
        ["lost zeros"] = (seed, bug) => FaultRun.LiesAboutTheCut(seed, new WalSetup(bug)),
        ["replaced end"] = (seed, bug) => new TailCampaign(seed, new WalSetup(bug), files: 1).Run(stride: 29, new(StringComparer.Ordinal)),
        ["lost files"] = (seed, bug) => new FileCampaign(seed, new WalSetup(bug), files: 2, reclaims: false).Delete(new(StringComparer.Ordinal)),
        ["bit flips"] = (seed, bug) => new FlipCampaign(seed, new WalSetup(bug)).Run(contentStride: 31, zeroStride: 8009),
    };

    /// <summary>Runs the trials that some bug relies on, in the version without a bug.</summary>
    public static void RunAll(int seed)
    {
        foreach (var trial in Trials.Values)
            trial(seed, WalSabotage.None);
    }

    /// <summary>What caught it, or null if nothing did.</summary>
    public static string? Hunt(WalSabotage bug)
    {
        var name = CaughtBy[bug];
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                Trials[name](seed, bug);
            }
            catch (Exception caught)
            {
                return $"{name}, seed {seed}: {FirstLine(caught)}";
            }
        }

        return null;
    }

    private static WalSetup ManyFiles(int seed, WalSabotage bug) => SeededRun.SetupOf(seed) with { Sabotage = bug, BodyScale = 100, Tight = seed % 2 == 1 };

    private static WalSetup ManySectors(int seed, WalSabotage bug) => SeededRun.SetupOf(seed) with { Sabotage = bug, BodyScale = seed % 2 == 0 ? 10 : 1 };

    private static string FirstLine(Exception error)
    {
        var inner = error is AggregateException { InnerException: { } one } ? one : error;
        var text = inner.Message.ReplaceLineEndings(" ");
        return text.Length <= 200 ? text : text[..200];
    }
}
