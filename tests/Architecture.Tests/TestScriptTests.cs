namespace Orleans.Log.Architecture.Tests;

/// <summary>Runs ./test itself on a scratch repository. Slow, as it builds, so one run answers several questions.</summary>
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

    private const string Good = "namespace Scratch; public sealed class GoodTests { [Fact] public void Passes() => 1.ShouldBe(1); }";

    private const string Missing = """
        <PackageVersion Include="No.Such.Package" Version="1.2.3" /><PackageReference Include="No.Such.Package" />
        """;

    [BashFact]
    public async Task Counts_are_of_tests_and_every_other_failure_is_one()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Mixed.Tests", "", Mixed);
        repository.AddSuite("Missing.Tests", Missing, "");
        repository.AddSuite("Broken.Tests", "", "this is not C#");
        repository.AddSuite("Unreadable.Tests", "<ProjectReference", "");
        repository.AddSuite("Helpers", "", "not a suite by its name, so it is not built");

        var (exitCode, lines) = await repository.RunAsync();

        lines[^1].ShouldBe("2 passed, 4 failed, 1 skipped", string.Join('\n', lines));
        exitCode.ShouldBe(1);
        lines.ShouldContain("FAILED Missing.Tests: it does not build");
        lines.ShouldContain(line => line.Contains("NU1101", StringComparison.Ordinal) && line.Contains("No.Such.Package", StringComparison.Ordinal));
        lines.ShouldContain("FAILED Broken.Tests: it does not build");
        lines.ShouldContain("FAILED Unreadable.Tests: it does not build");
        lines.ShouldContain(line => line.StartsWith("Mixed.Tests: 2 passed, 1 failed, 1 skipped", StringComparison.Ordinal));
        lines.ShouldContain(line => line.EndsWith("MixedTests.Is_skipped: needs a moon", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Trim() == "17 images tried");
    }

    [BashFact]
    public async Task Complete_run_takes_a_skipped_test_for_a_failure_unless_it_is_a_long_form()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Skipping.Tests", "", """
            namespace Scratch;

            public sealed class SkippingTests
            {
                [Fact]
                public void Passes() => 1.ShouldBe(1);

                [Fact(Skip = "needs a moon")]
                public void Is_skipped() => 1.ShouldBe(1);

                [Fact(Skip = "long form only: ./test --long")]
                public void Is_long() => 1.ShouldBe(1);
            }
            """);

        var (exitCode, lines) = await repository.RunAsync("--complete");

        lines[^1].ShouldBe("1 passed, 1 failed, 1 skipped", string.Join('\n', lines));
        exitCode.ShouldBe(1);
    }

    [BashFact]
    public async Task Solution_that_does_not_build_is_a_failure_beside_its_suites()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Good.Tests", "", Good);
        repository.AddSuite("Tool", "", "this is not C#");
        repository.AddSolution("Good.Tests", "Tool");

        var (exitCode, lines) = await repository.RunAsync();

        lines.ShouldContain("FAILED Scratch.sln: it does not build");
        lines[^1].ShouldBe("1 passed, 1 failed, 0 skipped", string.Join('\n', lines));
        exitCode.ShouldBe(1);
    }

    [BashFact]
    public async Task Run_in_which_nothing_ran_is_a_failure()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Good.Tests", "", Good);

        var (exitCode, lines) = await repository.RunAsync("Other.Tests");

        lines[^1].ShouldBe("0 passed, 0 failed, 0 skipped");
        exitCode.ShouldBe(1);
    }

    [BashFact]
    public async Task Only_named_suites_run_and_success_is_exit_code_0()
    {
        using var repository = new ScratchRepository();
        repository.AddSuite("Broken.Tests", "", "this is not C#");
        repository.AddSuite("Good.Tests", "", Good);

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

internal static class Bash
{
    public static string? Missing => OperatingSystem.IsWindows() || !File.Exists("/usr/bin/env") ? "needs bash" : null;
}
