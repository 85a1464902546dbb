using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.WalLevel;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

public sealed class OffloadCrashTests(ITestOutputHelper output)
{
    [Fact]
    public void A_node_with_a_store_keeps_every_promise_through_deaths_at_any_step()
    {
        var (seeds, deaths, restores, rounds, swept, results) = (SuiteForm.Choose(12, 5_000), 0, 0, 0, 0, 0);
        var (late, atOnce) = (0, 0);
        for (var seed = 1; seed <= seeds; seed++)
        {
            var world = Run(seed, lives: 12);
            (deaths, restores, rounds) = (deaths + world.Deaths, restores + world.Restores, rounds + world.Rounds);
            (swept, results) = (swept + world.Swept, results + world.Results);
            (late, atOnce) = (late + world.CameLate, Math.Max(atOnce, world.MostAtOnce));
        }

        SuiteSummary.Say(output, $"Offload seeds: {seeds} seeds, {deaths} deaths, {restores} disks lost and rebuilt, {rounds} times offloaded, {swept} blobs swept, {atOnce} root pages at once, {late} writes of the dead came late, {results} results as predicted");
        atOnce.ShouldBeGreaterThan(1, "No two root pages were ever replaced at the same time.");
        late.ShouldBeGreaterThan(0, "No write of a dead process ever came late.");
    }

    internal static OffloadWorld Run(int seed, int lives, OffloadSabotage bug = OffloadSabotage.None)
    {
        var setup = new OffloadSetup(SeededRun.SetupOf(seed) with { BodyScale = seed % 3 == 0 ? 100 : 10 }, bug);
        try
        {
            var world = new OffloadWorld(seed, setup);
            for (var life = 0; life < lives; life++)
                world.Live(steps: 300);

            return world;
        }
        catch (Exception error)
        {
            throw new BrokenPromiseException($"Seed {seed} with {setup}: {error}");
        }
    }
}
