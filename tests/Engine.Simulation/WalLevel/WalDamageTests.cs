using Orleans.Log.Engine.Simulation.Disk;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation.WalLevel;

public sealed class WalDamageTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_flipped_bit_is_detected_or_harmless_and_never_a_wrong_payload_or_a_silent_cut()
    {
        var campaign = new FlipCampaign(seed: 1, new WalSetup());
        var outcomes = campaign.Run(contentStride: SuiteForm.Choose(5, 1), zeroStride: SuiteForm.Choose(509, 1));

        SuiteSummary.Say(output, $"Bit flips: {outcomes.Values.Sum()} of {campaign.Bits} bits; {string.Join(", ", outcomes.Select(o => $"{o.Key} {o.Value}"))}");
        outcomes.Keys.ShouldContain("WAL file Reported");
        outcomes.Keys.ShouldContain("control slot Refused");
    }

    [Fact]
    public void An_end_replaced_after_an_idle_second_is_never_cut_silently()
    {
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var files in (ReadOnlySpan<long>)[1, 2, 3])
        {
            for (var seed = 1; seed <= SuiteForm.Choose(2, 40); seed++)
                new TailCampaign(seed, SeededRun.SetupOf(seed), files).Run(SuiteForm.Choose(29, 1), outcomes);
        }

        SuiteSummary.Say(output, $"Ends of the WAL replaced: {string.Join(", ", outcomes.Select(o => $"{o.Key} {o.Value}"))}");
        outcomes.Keys.ShouldBe(["noise Reported", "zeros Reported", "zeros to the end of the files Reported"]);
    }

    [Fact]
    public void A_short_or_missing_file_is_refused_whenever_the_process_died()
    {
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (files, reclaims) in (ReadOnlySpan<(long, bool)>)[(1, false), (2, false), (3, false), (4, true)])
        {
            for (var seed = 1; seed <= SuiteForm.Choose(2, 40); seed++)
            {
                var campaign = new FileCampaign(seed, SeededRun.SetupOf(seed), files, reclaims);
                campaign.Cut(outcomes);
                campaign.Delete(outcomes);
            }
        }

        SuiteSummary.Say(output, $"WAL files cut and deleted: {string.Join(", ", outcomes.Select(o => $"{o.Key} {o.Value}"))}");
        outcomes.Keys.ShouldBe(["Cut Refused", "Deleted Refused"]);
    }

    [Theory]
    [InlineData(DiskCall.Write, DiskFault.Error, true)]
    [InlineData(DiskCall.Write, DiskFault.Full, true)]
    [InlineData(DiskCall.Write, DiskFault.Error, false)]
    [InlineData(DiskCall.Flush, DiskFault.Error, false)]
    public void After_a_failed_write_or_flush_nothing_is_acknowledged_and_nothing_acknowledged_is_lost(DiskCall call, DiskFault fault, bool writeDurable)
    {
        var (runs, failed) = (SuiteForm.Choose(30, 2000), 0);
        for (var seed = 1; seed <= runs; seed++)
        {
            var setup = SeededRun.SetupOf(seed) with { WriteDurable = writeDurable };
            failed += FaultRun.Fails(seed, setup, call, fault, k: 1 + (seed % 20)) ? 1 : 0;
        }

        failed.ShouldBeGreaterThan(runs / 2);
        SuiteSummary.Say(output, $"WAL faults: {fault} of {call} in {failed} of {runs} runs");
    }

    [Theory]
    [InlineData(DiskFault.Misdirected)]
    [InlineData(DiskFault.OtherFile)]
    [InlineData(DiskFault.Stale)]
    [InlineData(DiskFault.FlippedWrite)]
    public void A_write_that_the_disk_lied_about_is_reported_or_harmless(DiskFault fault)
    {
        var outcomes = new SortedDictionary<DamageOutcome, int>();
        for (var seed = 1; seed <= SuiteForm.Choose(30, 3000); seed++)
        {
            if (FaultRun.Lies(seed, SeededRun.SetupOf(seed) with { BodyScale = seed % 2 == 0 ? 10 : 1 }, fault, k: 1 + (seed % 15)) is { } outcome)
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        outcomes.Values.Sum().ShouldBeGreaterThan(SuiteForm.Choose(15, 1500));
        SuiteSummary.Say(output, $"Lying writes, {fault}: {string.Join(", ", outcomes.Select(o => $"{o.Key} {o.Value}"))}");
    }
}
