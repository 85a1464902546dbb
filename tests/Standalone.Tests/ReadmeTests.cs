using Orleans.Log.Standalone.Settings;

namespace Orleans.Log.Standalone.Tests;

public sealed class ReadmeTests
{
    private const string Begin = "<!-- reference: made from the option definitions, which a test compares -->\n";
    private const string End = "<!-- end of reference -->";

    /// <summary>
    /// To regenerate after a wanted change: <c>UPDATE_README=1 dotnet test tests/Standalone.Tests --filter ReadmeTests</c>.
    /// </summary>
    [Fact]
    public void The_reference_of_options_in_the_readme_is_that_of_the_definitions()
    {
        var path = Path.Combine(Repository.Root, "README.md");
        var readme = File.ReadAllText(path);
        var from = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = readme.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_README") == "1")
            File.WriteAllText(path, readme[..from] + HelpText.Markdown() + readme[to..]);
        else
            readme[from..to].ShouldBe(HelpText.Markdown(), "The options have changed; regenerate the reference.");
    }
}
