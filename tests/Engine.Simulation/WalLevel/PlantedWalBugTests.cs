using Orleans.Log.Engine.Wal;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation.WalLevel;

public sealed class PlantedWalBugTests(ITestOutputHelper output)
{
    public static TheoryData<string> Bugs => [.. Enum.GetNames<WalSabotage>().Where(name => name != nameof(WalSabotage.None))];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_caught(string bug)
    {
        var caught = PlantedWalBugs.Hunt(Enum.Parse<WalSabotage>(bug));
        caught.ShouldNotBeNull($"{bug} survived {PlantedWalBugs.Seeds} seeds of its trial.");
        SuiteSummary.Say(output, $"Planted {bug}: caught by {caught}");
    }

    [Fact]
    public void Without_a_planted_bug_the_same_trials_find_nothing()
    {
        for (var seed = 1; seed <= SuiteForm.Choose(2, 40); seed++)
            PlantedWalBugs.RunAll(seed);
    }

    [Fact]
    public void Every_bug_that_can_be_planted_has_a_trial() =>
        PlantedWalBugs.CaughtBy.Keys.Order().ShouldBe(Enum.GetValues<WalSabotage>().Where(bug => bug != WalSabotage.None).Order());
}
