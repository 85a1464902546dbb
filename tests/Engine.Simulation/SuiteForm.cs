namespace Orleans.Log.Engine.Simulation;

/// <summary>How much this suite does: the quick form by default, the long one with ORLEANS_LOG_LONG=1.</summary>
internal static class SuiteForm
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("ORLEANS_LOG_LONG") == "1";

    public static int Choose(int quick, int @long) => IsLong ? @long : quick;
}
