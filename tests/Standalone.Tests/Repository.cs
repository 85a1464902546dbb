namespace Orleans.Log.Standalone.Tests;

/// <summary>The folder that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its path.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Orleans.Log.sln")))
            directory = directory.Parent;

        return directory.FullName;
    }
}
