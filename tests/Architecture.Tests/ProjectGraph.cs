using System.Xml.Linq;

namespace Orleans.Log.Architecture.Tests;

/// <summary>The projects and what each refers to, read from the project files.</summary>
internal static class ProjectGraph
{
    public static IReadOnlyDictionary<string, Project> All { get; } =
        Repository.Files(".csproj").Select(Read).ToDictionary(project => project.Name, StringComparer.Ordinal);

    /// <summary>Products: what stands at the top level; the rest are tests and benchmarks.</summary>
    public static IEnumerable<Project> Products => All.Values.Where(project => !project.Folder.StartsWith("tests/", StringComparison.Ordinal) && project.Folder is not ("bench" or "bench.Cluster"));

    /// <summary>Everything that a project reaches through project references.</summary>
    public static IReadOnlySet<string> Reach(string project)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([project]);
        while (open.TryDequeue(out var name))
        {
            foreach (var next in All[name].Projects.Where(reached.Add))
                open.Enqueue(next);
        }

        return reached;
    }

    private static Project Read(string file)
    {
        var items = XDocument.Parse(Repository.Read(file)).Descendants().ToList();
        return new Project(
            Path.GetFileNameWithoutExtension(file),
            Path.GetDirectoryName(file)!.Replace('\\', '/'),
            (string?)items[0].Attribute("Sdk") ?? "",
            [.. Included(items, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))],
            [.. Included(items, "PackageReference")],
            [.. Included(items, "FrameworkReference")]);
    }

    private static IEnumerable<string> Included(IEnumerable<XElement> items, string kind) =>
        items.Where(item => item.Name.LocalName == kind).Select(item => (string?)item.Attribute("Include")).OfType<string>();
}

/// <summary>One project file.</summary>
internal sealed record Project(string Name, string Folder, string Sdk, string[] Projects, string[] Packages, string[] Frameworks)
{
    /// <summary>May its code use ASP.NET?</summary>
    public bool UsesAspNet => Sdk == "Microsoft.NET.Sdk.Web" || Frameworks.Contains("Microsoft.AspNetCore.App");

    public override string ToString() => Name;
}
