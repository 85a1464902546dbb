using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Orleans.Log.AppHost.Tests;

/// <summary>The manifest that is checked in, against what AppHost makes today.</summary>
public sealed class ManifestTests
{
    private const string Name = "aspire-manifest.json";

    private static readonly string Root = FindRoot();

    [Fact]
    public async Task The_manifest_is_what_the_deployment_says()
    {
        var fresh = Path.Combine(Directory.CreateTempSubdirectory("olog-manifest-").FullName, Name);
        try
        {
            await PublishAsync(fresh);

            Read(Path.Combine(Root, Name)).ToJsonString().ShouldBe(
                Read(fresh).ToJsonString(), $"{Name} is out of date: dotnet run --project AppHost -- --publisher manifest --output-path ../{Name}");
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(fresh)!, recursive: true);
        }
    }

    private static async Task PublishAsync(string path)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Orleans.Log.AppHost.dll"), "--publisher", "manifest", "--output-path", path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var publisher = Process.Start(start)!;
        var said = await Task.WhenAll(publisher.StandardOutput.ReadToEndAsync(), publisher.StandardError.ReadToEndAsync());
        await publisher.WaitForExitAsync();
        publisher.ExitCode.ShouldBe(0, string.Concat(said));
    }

    /// <summary>A manifest; the paths of projects, which are relative to it, made relative to the root.</summary>
    private static JsonNode Read(string path)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var (_, resource) in manifest["resources"]!.AsObject())
        {
            if ((string?)resource!["path"] is { } project)
                resource["path"] = Path.GetRelativePath(Root, Path.GetFullPath(project, Path.GetDirectoryName(path)!));
        }

        return manifest;
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Orleans.Log.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("No Orleans.Log.sln above the suite.");

        return directory.FullName;
    }
}
