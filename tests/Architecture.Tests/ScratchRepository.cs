using System.Diagnostics;
using System.Text;

namespace Orleans.Log.Architecture.Tests;

/// <summary>A small repository in a temporary folder, with this one's ./test and build settings and suites made for the occasion.</summary>
internal sealed class ScratchRepository : IDisposable
{
    private static readonly string[] Shared =
    [
        "test", ".editorconfig", "Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", "global.json", "tests/Directory.Build.props",
    ];

    private readonly string _root = Directory.CreateTempSubdirectory("orleans-log-scratch-").FullName;

    public ScratchRepository()
    {
        foreach (var shared in Shared)
            Write(shared, Repository.Read(shared));

        // No source to ask: what this suite itself was built with is in the local package folder, everything else is missing.
        Directory.CreateDirectory(Path.Combine(_root, "no-packages"));
        Write("NuGet.config", """
            <configuration><packageSources><clear /><add key="none" value="no-packages" /></packageSources></configuration>
            """);
        MakeExecutable("test");
    }

    /// <summary>Adds the suite tests/NAME: a project with the given items, and one source file.</summary>
    public void AddSuite(string name, string items, string source)
    {
        Write($"tests/{name}/{name}.csproj", $"<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup>{items}</ItemGroup></Project>");
        Write($"tests/{name}/Tests.cs", source);
    }

    /// <summary>Adds a solution of the named projects below tests/.</summary>
    public void AddSolution(params string[] names)
    {
        var projects = names.Select(name => (Name: name, Id: Guid.NewGuid().ToString("B").ToUpperInvariant())).ToList();
        var declared = projects.Select(project =>
            $"Project(\"{{9A19103F-16F7-4668-BE54-9A1E7A4F7556}}\") = \"{project.Name}\", \"tests\\{project.Name}\\{project.Name}.csproj\", \"{project.Id}\"\nEndProject\n");
        var configured = projects.Select(project =>
            $"\t\t{project.Id}.Release|Any CPU.ActiveCfg = Release|Any CPU\n\t\t{project.Id}.Release|Any CPU.Build.0 = Release|Any CPU\n");
        Write("Scratch.sln", $"""

            Microsoft Visual Studio Solution File, Format Version 12.00
            {string.Concat(declared)}Global
            	GlobalSection(SolutionConfigurationPlatforms) = preSolution
            		Release|Any CPU = Release|Any CPU
            	EndGlobalSection
            	GlobalSection(ProjectConfigurationPlatforms) = postSolution
            {string.Concat(configured)}	EndGlobalSection
            EndGlobal

            """);
    }

    /// <summary>Runs ./test; its exit code and the lines of its output.</summary>
    public async Task<(int ExitCode, string[] Lines)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(_root, "test"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // What the run around this one has set for itself must not reach the run within.
        foreach (var name in start.Environment.Keys.Where(IsFromOuterRun).ToList())
            start.Environment.Remove(name);

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output + await error).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static bool IsFromOuterRun(string name) =>
        name.StartsWith("VSTEST_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ORLEANS_LOG_", StringComparison.OrdinalIgnoreCase)
        || name is "DOTNET_HOST_PATH" or "MSBuildSDKsPath" or "DOTNET_ROOT_X64";

    private void MakeExecutable(string relative)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_root, relative), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Write(string relative, string content)
    {
        var path = Path.Combine(_root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }
}
