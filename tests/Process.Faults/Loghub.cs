namespace Orleans.Log.Process.Faults;

/// <summary>Real system logs (https://github.com/logpai/loghub), looked for in a folder shared/data/loghub beside the repository or further up.</summary>
internal static class Loghub
{
    /// <summary>The folder, or null where there is none.</summary>
    public static string? Samples { get; } = Find();

    /// <summary>The logs in it.</summary>
    public static IReadOnlyList<string> Files => [.. Directory.GetFiles(Samples!, "*.log").Order(StringComparer.Ordinal)];

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var samples = Path.Combine(folder.FullName, "shared", "data", "loghub");
            if (Directory.Exists(samples))
                return samples;
        }

        return null;
    }
}

/// <summary>A test on the Loghub samples; says so where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LoghubFactAttribute : FactAttribute
{
    public LoghubFactAttribute()
    {
        if (Loghub.Samples is null)
            Skip = "needs the Loghub samples in shared/data/loghub, beside the repository or further up";
    }
}
