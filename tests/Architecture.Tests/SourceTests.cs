using System.Text.RegularExpressions;

namespace Orleans.Log.Architecture.Tests;

/// <summary>Habits that a build does not check.</summary>
public sealed partial class SourceTests
{
    private const int LongestFile = 400;

    /// <summary>Names that, as a namespace below Orleans.Log, would hide a namespace or type of Orleans itself.</summary>
    private static readonly string[] Shadowing = ["Storage", "Streams", "Runtime", "Hosting", "Log", "Providers", "Serialization", "Configuration"];

    private static IReadOnlyList<string> Sources => Repository.Files(".cs");

    [Fact]
    public void No_file_is_longer_than_400_lines() =>
        Sources.Where(file => Repository.Read(file).AsSpan().Count('\n') > LongestFile).ShouldBeEmpty();

    [Theory]
    [InlineData("Standalone")]
    [InlineData("Silo")]
    [InlineData("Api")]
    public void Program_reads_as_a_diagram_in_40_lines(string host) =>
        Repository.Read($"{host}/Program.cs").Split('\n').Length.ShouldBeLessThanOrEqualTo(41);

    [Fact]
    public void No_namespace_shadows_one_of_Orleans()
    {
        var wrong = Namespaces().Where(found => found.Name.Split('.').Skip(2).Any(Shadowing.Contains));
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void A_namespace_starts_with_the_name_of_its_project()
    {
        var wrong = Namespaces().Where(found =>
        {
            var project = ProjectGraph.All.Values.Where(project => found.File.StartsWith(project.Folder + "/", StringComparison.Ordinal)).MaxBy(project => project.Folder.Length);
            var root = project?.Name switch
            {
                null or "Abstractions" => "Orleans.Log",
                "bench" => "Orleans.Log.Benchmarks",
                "bench.Cluster" => "Orleans.Log.Benchmarks.Cluster",
                "Appending" => "Orleans.Log.Client",
                "Grains.Interfaces" => "Orleans.Log.Grains",
                "Storage.Azure" => "Orleans.Log.AzureStorage",
                "Storage.Azure.Tests" => "Orleans.Log.AzureStorage.Tests",
                var name => $"Orleans.Log.{name}",
            };
            return found.Name != root && found.Name != "Orleans.Hosting" && !found.Name.StartsWith(root + ".", StringComparison.Ordinal);
        });
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void The_engine_and_the_tests_wait_for_events_or_for_a_clock_that_can_be_moved()
    {
        var sleepers = Lines(file => file.StartsWith("Engine/", StringComparison.Ordinal) || file.StartsWith("tests/", StringComparison.Ordinal))
            .Where(line => line.Text.Contains("Task." + "Delay(", StringComparison.Ordinal) && !line.Text.Contains("time", StringComparison.OrdinalIgnoreCase));
        sleepers.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_is_left_for_later_and_nothing_is_silenced_without_a_word()
    {
        var marks = new[] { "TO" + "DO", "FIX" + "ME", "HA" + "CK" };
        Lines(_ => true).Where(line => marks.Any(mark => line.Text.Contains(mark, StringComparison.Ordinal))).ShouldBeEmpty();

        var pragmas = Lines(_ => true).Where(line => line.Text.TrimStart().StartsWith("#pragma warning" + " disable", StringComparison.Ordinal));
        pragmas.ShouldAllBe(line => line.Text.Contains("//", StringComparison.Ordinal), "a suppression says why, on its line");
    }

    [Fact]
    public void No_path_of_somebodys_machine_stands_in_the_sources()
    {
        var prefixes = new[] { "\"/ho" + "me/", "\"/ro" + "ot/", "\"/wo" + "rk/", "\"/Use" + "rs/", "\"C:\\\\Use" + "rs" };
        Lines(_ => true).Where(line => prefixes.Any(prefix => line.Text.Contains(prefix, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    private static IEnumerable<(string File, string Name)> Namespaces() =>
        from file in Sources
        from Match match in NamespaceLine().Matches(Repository.Read(file))
        where !file.EndsWith("TestScriptTests.cs", StringComparison.Ordinal) // holds sources of suites as text
        where !match.Groups["name"].Value.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) // extension methods stand where their hosts look for them
        select (file, match.Groups["name"].Value);

    private static IEnumerable<(string File, int Number, string Text)> Lines(Func<string, bool> wanted) =>
        Sources.Where(wanted).SelectMany(file => Repository.Read(file).Split('\n').Select((text, index) => (file, index + 1, text)));

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex NamespaceLine();
}
