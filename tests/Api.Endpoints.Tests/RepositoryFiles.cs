namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>Files of the repository that tests compare with, and data beside it.</summary>
internal static class RepositoryFiles
{
    /// <summary>The repository's root, found upward from the test's assembly.</summary>
    public static string Root { get; } = Upward("Orleans.Log.sln") is { } solution
        ? Path.GetDirectoryName(solution)!
        : throw new InvalidOperationException("The tests do not run from within the repository.");

    /// <summary>The first existing path of that name in this or a directory above, or null.</summary>
    public static string? Upward(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, name);
            if (Path.Exists(path))
                return path;
        }

        return null;
    }
}
