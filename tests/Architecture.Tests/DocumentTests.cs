using System.Text.RegularExpressions;

namespace Orleans.Log.Architecture.Tests;

/// <summary>The documents: that they are there, and that what they point to is there.</summary>
public sealed partial class DocumentTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("LICENSE")]
    [InlineData("docs/ARCHITECTURE.md")]
    [InlineData("docs/FORMAT.md")]
    [InlineData("docs/HTTP.md")]
    [InlineData("docs/OPERATIONS.md")]
    [InlineData("docs/PERFORMANCE.md")]
    [InlineData("docs/VOCABULARY.md")]
    public void It_is_there_and_says_something(string file) => Repository.Read(file).Length.ShouldBeGreaterThan(200);

    [Fact]
    public void Every_link_within_the_repository_leads_somewhere()
    {
        var broken = from file in Repository.Files(".md")
                     from Match match in Link().Matches(WithoutCode(Repository.Read(file)))
                     let target = match.Groups["target"].Value
                     where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
                     where !Leads(file, target)
                     select $"{file} → {target}";

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void Files_that_documents_name_in_code_marks_exist()
    {
        // `docs/X.md`, `tests/Y` and the like: paths that start with a folder of the top level.
        var folders = Directory.GetDirectories(Repository.Root).Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal);
        var missing = from file in Repository.Files(".md")
                      from Match match in NamedPath().Matches(Repository.Read(file))
                      let path = match.Groups["path"].Value.TrimEnd('/', '.')
                      where folders.Contains(path.Split('/')[0]) && !path.Contains('*', StringComparison.Ordinal)
                      where !Path.Exists(Repository.PathOf(path))
                      select $"{file} → {path}";

        missing.ShouldBeEmpty();
    }

    private static bool Leads(string file, string target)
    {
        var parts = target.Split('#', 2);
        var path = parts[0].Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, parts[0]).Replace('\\', '/');
        if (!Path.Exists(Repository.PathOf(path)))
            return false;

        return parts.Length == 1 || Anchors(Repository.Read(Path.GetRelativePath(Repository.Root, Repository.PathOf(path)))).Contains(parts[1]);
    }

    /// <summary>Anchors as GitHub makes them of headings: lower case, spaces to hyphens, the rest of the punctuation gone.</summary>
    private static HashSet<string> Anchors(string markdown) =>
        [.. from line in WithoutCode(markdown).Split('\n')
            where line.StartsWith('#')
            let heading = line.TrimStart('#').Trim().ToLowerInvariant()
            select string.Concat(heading.Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-')];

    private static string WithoutCode(string markdown) => Fence().Replace(markdown, "");

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<path>[A-Za-z.]+/[\w./-]+)`", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex NamedPath();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Fence();
}
