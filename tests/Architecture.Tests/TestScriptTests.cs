namespace Orleans.Log.Architecture.Tests;

/// <summary>./test itself, run on a repository made for the purpose. Slow (builds), so one run answers several questions.</summary>
public sealed class TestScriptTests
{
    private const string Mixed = """
        namespace Scratch;

        public sealed class MixedTests(Xunit.Abstractions.ITestOutputHelper output)
        {
            [Fact]
            public void Passes() => output.WriteLine("17 images tried");

            [Fact]
            public void Passes_too() => 1.ShouldBe(1);

            [Fact]
            public void Fails() => 1.ShouldBe(2);

            [Fact(Skip = "needs a moon")]
            public void Is_skipped() => 1.ShouldBe(1);
        }
        """;

    private const string Missing = """
        <PackageVersion Include="No.Such.Package" Version="1.2.3" /><PackageReference Include="No.Such.Package" />
        """;

    [BashFact]
    public async Task Counts_what_ran_names_missing_packages_and_fails_on_everything_else()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Mixed.Tests", "", Mixed);
        repository.AddSuite("Missing.Tests", Missing, "");
        repository.AddSuite("Broken.Tests", "", "this is not C#");
        repository.AddSuite("Unreadable.Tests", "<ProjectReference", "");
        repository.AddSuite("Helpers", "", "this is not a suite, so nobody builds it");

        var (exitCode, lines) = await repository.RunAsync();

        lines[^1].ShouldBe("2 passed, 3 failed, 2 skipped", string.Join('\n', lines));
        exitCode.ShouldBe(1);
        lines.ShouldContain("skipped Missing.Tests: missing No.Such.Package 1.2.3");
        lines.ShouldContain("FAILED Broken.Tests: it does not build");
        lines.ShouldContain("FAILED Unreadable.Tests: its project cannot be read");
        lines.ShouldContain(line => line.StartsWith("Mixed.Tests: 2 passed, 1 failed, 1 skipped", StringComparison.Ordinal));
        lines.ShouldContain(line => line.EndsWith("MixedTests.Is_skipped: needs a moon", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Trim() == "17 images tried");
    }

    [BashTheory]
    [InlineData("/r/X.csproj : error NU1100: Unable to resolve 'A.B (>= 1.2.3)' for 'net10.0'. PackageSourceMapping is enabled, the following source(s) were not considered: s.", "A.B 1.2.3")]
    [InlineData("/r/X.csproj : error NU1101: Unable to find package A.B. No packages exist with this id in source(s): s [/r/X.csproj]", "A.B")]
    [InlineData("/r/X.csproj : error NU1102: Unable to find package A.B with version (>= 1.2.3)\n  - Found 4 version(s) in s [ Nearest version: 1.1.0 ]", "A.B 1.2.3")]
    [InlineData("/r/X.csproj : error NU1102: Unable to find package A.B with version (= 1.2.3)", "A.B 1.2.3")]
    [InlineData("/r/X.csproj : error NU1103: Unable to find a stable package A.B with version (>= 1.2.3)", "A.B 1.2.3")]
    [InlineData("/r/X.csproj : error NU1603: Warning As Error: C depends on A.B (>= 1.2.3) but A.B 1.2.3 was not found. A.B 1.3.0 was resolved instead.", "A.B 1.2.3")]
    [InlineData("/r/X.csproj : error NU1102: Unable to find package B with version (>= 2.0.0)\n/r/X.csproj : error NU1101: Unable to find package A. No", "A, B 2.0.0")]
    [InlineData("/r/X.csproj : error NU1605: Warning As Error: Detected package downgrade: D from 2.0.0 to 1.0.0.\n/r/X.csproj : error NU1605:  X -> A.B 1.3.0 -> D (>= 2.0.0)\n/r/X.csproj : error NU1603: Warning As Error: C depends on A.B (>= 1.2.3) but A.B 1.2.3 was not found. A.B 1.3.0 was resolved instead.", "A.B 1.2.3")]
    public async Task A_restore_that_fails_only_for_missing_packages_skips_the_suite_and_names_them(string output, string missing)
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("X.Tests", "", "");
        repository.FailRestoreWith(output);

        var (exitCode, lines) = await repository.RunAsync();

        lines[0].ShouldBe($"skipped X.Tests: missing {missing}");
        lines[^1].ShouldBe("0 passed, 0 failed, 1 skipped");
        exitCode.ShouldBe(1);
    }

    [BashTheory]
    [InlineData("/r/X.csproj : error NU1301: Unable to load the service index for source https://s.")]
    [InlineData("/r/X.csproj : error NU1101: Unable to find package A. No\n/r/X.csproj : error NU1301: Unable to load the service index for source https://s.")]
    [InlineData("/r/X.csproj : error NU1605: Warning As Error: Detected package downgrade: D from 2.0.0 to 1.0.0.\n/r/X.csproj : error NU1605:  X -> C 1.3.0 -> D (>= 2.0.0)")]
    [InlineData("/r/X.csproj : error MSB4025: The project file could not be loaded.")]
    [InlineData("Segmentation fault")]
    public async Task A_restore_that_fails_for_anything_else_is_a_failure(string output)
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("X.Tests", "", "");
        repository.FailRestoreWith(output);

        var (exitCode, lines) = await repository.RunAsync();

        lines[0].ShouldBe("FAILED X.Tests: its packages cannot be restored");
        lines[^1].ShouldBe("0 passed, 1 failed, 0 skipped");
        exitCode.ShouldBe(1);
    }

    [BashFact]
    public async Task A_run_in_which_nothing_ran_is_a_failure()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Missing.Tests", Missing, "");

        var (exitCode, lines) = await repository.RunAsync();

        lines[^1].ShouldBe("0 passed, 0 failed, 1 skipped");
        exitCode.ShouldBe(1);
    }

    [BashFact]
    public async Task Only_named_suites_run_and_success_is_exit_code_0()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Broken.Tests", "", "this is not C#");
        repository.AddSuite("Good.Tests", "", "namespace Scratch; public sealed class GoodTests { [Fact] public void Passes() => 1.ShouldBe(1); }");

        var (exitCode, lines) = await repository.RunAsync("Good.Tests");

        lines[^1].ShouldBe("1 passed, 0 failed, 0 skipped", string.Join('\n', lines));
        exitCode.ShouldBe(0);
    }
}

/// <summary>A test that needs bash; says so where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BashFactAttribute : FactAttribute
{
    public BashFactAttribute() => Skip = Bash.Missing;
}

/// <summary>A theory that needs bash.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BashTheoryAttribute : TheoryAttribute
{
    public BashTheoryAttribute() => Skip = Bash.Missing;
}

internal static class Bash
{
    public static string? Missing => OperatingSystem.IsWindows() || !File.Exists("/usr/bin/env") ? "needs bash" : null;
}
