using Orleans.Log.Standalone.Settings;

namespace Orleans.Log.Standalone.Tests;

public sealed class ReadmeTests
{
    private const string Begin = "<!-- reference: made from the option definitions, which a test compares -->\n";
    private const string End = "<!-- end of reference -->";

    [Fact]
    public void The_reference_of_options_in_the_readme_is_that_of_the_definitions()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "README.md"));
        var from = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var reference = readme[from..readme.IndexOf(End, StringComparison.Ordinal)];

        reference.ShouldBe(HelpText.Markdown(), $"Put this between the marks in README.md:\n{HelpText.Markdown()}");
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Orleans.Log.sln")))
            directory = directory.Parent;

        return directory.FullName;
    }
}
