using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation.WalLevel;

public sealed class WalCrashTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_legal_disk_after_a_crash_at_any_call_gives_back_everything_acknowledged_and_nothing_else(bool writeDurable)
    {
        var (traces, moments, images, exhausted) = (SuiteForm.Choose(3, 100), 0, 0, 0);
        for (var seed = 1; seed <= traces; seed++)
        {
            var setup = new WalSetup(IoDepth: 1 + (seed % 3), WriteDurable: writeDurable, BodyScale: seed % 4 == 0 ? 100 : 1);
            var trace = CrashTrace.Run(seed, setup, steps: SuiteForm.Choose(24, 60), imagesPerMoment: seed == 1 ? SuiteForm.Choose(128, 4096) : SuiteForm.Choose(8, 4096));
            moments += trace.Moments;
            images += trace.Images;
            exhausted += trace.Exhausted;
        }

        SuiteSummary.Say(output, $"WAL crash images ({(writeDurable ? "O_DSYNC" : "fdatasync")}): {traces} traces, {moments} moments, {exhausted} of them whole, {images} images");
    }

    [Fact]
    public void Every_legal_disk_after_a_crash_while_files_are_given_up_and_recycled_starts_whole()
    {
        var (traces, images) = (SuiteForm.Choose(3, 100), 0);
        for (var seed = 1; seed <= traces; seed++)
        {
            var setup = SeededRun.SetupOf(seed) with { BodyScale = 100, Tight = seed % 2 == 1 };
            images += CrashTrace.RunReclaim(seed, setup, steps: SuiteForm.Choose(10, 60), imagesPerMoment: SuiteForm.Choose(6, 1024)).Images;
        }

        SuiteSummary.Say(output, $"WAL crash images while files go: {traces} traces, {images} images");
    }

    [Fact]
    public void Seeded_lives_with_crashes_at_any_point_keep_every_promise()
    {
        var (seeds, starts) = (SuiteForm.Choose(40, 10_000), 0);
        for (var seed = 1; seed <= seeds; seed++)
            starts += SeededRun.Run(seed, SeededRun.SetupOf(seed), lives: 8).Starts;

        SuiteSummary.Say(output, $"WAL seeds: {seeds} seeds, {starts} crashes survived");
    }

    /// <summary>Seeds that once failed; each found a defect that is fixed, and is kept for good.</summary>
    [Theory]
    [InlineData(1)]
    public void Seeds_that_failed_once_pass(int seed) => SeededRun.Run(seed, SeededRun.SetupOf(seed), lives: 8);

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(77)]
    public void A_seed_replays_identically(int seed)
    {
        var first = SeededRun.Run(seed, SeededRun.SetupOf(seed), lives: 5).TraceHash;
        SeededRun.Run(seed, SeededRun.SetupOf(seed), lives: 5).TraceHash.ShouldBe(first);
        SeededRun.Run(seed + 1000, SeededRun.SetupOf(seed), lives: 5).TraceHash.ShouldNotBe(first);
    }
}
