namespace Orleans.Log.Cli.Tests;

/// <summary>Files of the repository that the tests look at.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(directory.FullName, "Orleans.Log.sln")))
            directory = directory.Parent ?? throw new DirectoryNotFoundException("No Orleans.Log.sln above the tests.");

        return directory.FullName;
    }
}

/// <summary>A test on real log files, in shared/data/loghub beside the repository or further up; skipped, and said to be, where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealLogsFactAttribute : FactAttribute
{
    public RealLogsFactAttribute() => Skip = Folder is null ? "no shared/data/loghub in a directory above: real log files were NOT tried" : null;

    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        for (var above = new DirectoryInfo(Repository.File(".")); above is not null; above = above.Parent)
        {
            var folder = Path.Combine(above.FullName, "shared", "data", "loghub");
            if (Directory.Exists(folder))
                return folder;
        }

        return null;
    }
}
