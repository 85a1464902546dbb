namespace Orleans.Log.Architecture.Tests;

/// <summary>The checked-out repository that this suite was built from.</summary>
internal static class Repository
{
    private static readonly string[] NotSources = ["bin", "obj", ".git", ".vs", ".idea", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>Its root: the nearest folder above this assembly that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full path of something in it.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every source file with one of the endings, as a path relative to the root with '/'.</summary>
    public static IReadOnlyList<string> Files(params string[] endings) =>
        [.. Walk(Root).Select(Relative).Where(file => endings.Any(file.EndsWith)).Order(StringComparer.Ordinal)];

    /// <summary>Text of a file given by its relative path.</summary>
    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static IEnumerable<string> Walk(string directory) =>
        Directory.EnumerateFiles(directory).Concat(
            Directory.EnumerateDirectories(directory)
                .Where(child => !NotSources.Contains(Path.GetFileName(child)))
                .SelectMany(Walk));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Orleans.Log.sln")))
            directory = directory.Parent;

        return directory?.FullName ?? throw new InvalidOperationException($"No Orleans.Log.sln above {AppContext.BaseDirectory}.");
    }
}
