using Orleans.Log.Engine.Offload;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

public sealed class PlantedOffloadBugTests(ITestOutputHelper output)
{
    private const int Seeds = 60;

    public static TheoryData<string> Bugs => [.. Enum.GetNames<OffloadSabotage>().Where(name => name != nameof(OffloadSabotage.None))];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_caught(string bug)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                OffloadCrashTests.Run(seed, lives: 10, Enum.Parse<OffloadSabotage>(bug));
            }
            catch (BrokenPromiseException caught)
            {
                var line = caught.Message.ReplaceLineEndings(" ");
                SuiteSummary.Say(output, $"Planted {bug}: caught by seed {seed}: {line[..Math.Min(300, line.Length)]}");
                return;
            }
        }

        throw new BrokenPromiseException($"{bug} survived {Seeds} seeds.");
    }
}
