using System.Globalization;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation;

/// <summary>Says what a test counted: as its output, which ./test shows, and as one line on the console.</summary>
internal static class SuiteSummary
{
    public static void Say(ITestOutputHelper output, FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine($"Engine.Simulation: {text}");
    }
}
