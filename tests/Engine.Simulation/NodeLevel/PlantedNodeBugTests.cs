using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation.NodeLevel;

public sealed class PlantedNodeBugTests(ITestOutputHelper output)
{
    private const int Seeds = 60;

    public static TheoryData<string> Bugs => [.. Enum.GetNames<NodeSabotage>().Where(name => name != nameof(NodeSabotage.None))];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_caught(string bug)
    {
        var caught = Hunt(Enum.Parse<NodeSabotage>(bug));
        caught.ShouldNotBeNull($"{bug} survived {Seeds} seeds.");
        SuiteSummary.Say(output, $"Planted {bug}: caught by {caught}");
    }

    /// <summary>Bugs that show only when the machine dies between two calls to the disk are hunted there, the others in whole lives.</summary>
    private static string? Hunt(NodeSabotage bug)
    {
        var name = bug is NodeSabotage.SkipCheckpointFlush or NodeSabotage.SkipCheckpointDirectoryFlush or NodeSabotage.PublishBeforeSettle
            ? "crash images"
            : "seeded lives";
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                if (name == "seeded lives")
                    NodeCrashTests.Run(seed, lives: 4, NodeCrashTests.Setup(seed, bug));
                else
                    NodeTrace.Run(seed, NodeCrashTests.Setup(seed, bug), steps: 100, imagesPerMoment: 2);
            }
            catch (BrokenPromiseException caught)
            {
                var line = caught.Message.ReplaceLineEndings(" ");
                return $"{name}, seed {seed}: {line[..Math.Min(300, line.Length)]}";
            }
        }

        return null;
    }
}
