using System.Reflection;

namespace Orleans.Log.Process.Faults.Server;

/// <summary>The programs that were built together with this suite.</summary>
internal static class BuiltProgram
{
    /// <summary>The assembly of a product: Standalone or Cli.</summary>
    public static string PathOf(string product) =>
        typeof(BuiltProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == product).Value!;
}

/// <summary>The repository that this suite was built from.</summary>
internal static class Repository
{
    /// <summary>The nearest folder above this assembly that holds the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Orleans.Log.sln")))
            directory = directory.Parent;

        return directory.FullName;
    }
}
