using System.Reflection;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>What the contracts repeat of the port, because a client does not know the port, is the same.</summary>
public sealed class ContractTests
{
    [Fact]
    public void Every_error_code_has_its_name_in_the_contracts()
    {
        var names = typeof(WireErrors).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.Name is not (nameof(WireErrors.NoSideEffects) or nameof(WireErrors.PossibleSideEffects)))
            .ToDictionary(field => field.Name, field => (string)field.GetRawConstantValue()!, StringComparer.Ordinal);
        names.ShouldBe(LogErrors.All.ToDictionary(code => code.ToString(), LogErrors.WireName, StringComparer.Ordinal), ignoreOrder: true);
    }

    [Fact]
    public void The_limits_are_the_same()
    {
        WireLimits.RecordBytes.ShouldBe(Limits.RecordBytes);
        WireLimits.HeadersPerRecord.ShouldBe(Limits.HeadersPerRecord);
        WireLimits.BatchRecords.ShouldBe(Limits.BatchRecords);
        WireLimits.BatchRecords.ShouldBe(Limits.ReadRecords);
        WireLimits.BatchBytes.ShouldBe(Limits.BatchBytes);
        WireLimits.RecordOverheadBytes.ShouldBe(Limits.RecordOverheadBytes);
        WireLimits.HeaderOverheadBytes.ShouldBe(RecordHeader.OverheadBytes);
        WireLimits.ReadWaitSeconds.ShouldBe((int)Limits.ReadWait.TotalSeconds);
        WireLimits.Position.ShouldBe(Limits.Position);
    }

    [Fact]
    public void The_contracts_depend_on_nothing_of_ours() =>
        typeof(WireJson).Assembly.GetReferencedAssemblies().ShouldNotContain(name => name.Name!.StartsWith("Orleans", StringComparison.Ordinal));

    [Fact]
    public void The_reference_lists_every_error_code_as_it_is()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "docs", "HTTP.md"));
        var rows = lines
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 9 && cells[1].StartsWith('`') && int.TryParse(cells[2], out _))
            .Select(cells => string.Join(' ', cells[1].Trim('`'), cells[2], cells[3], cells[4], cells[5]))
            .ToList();
        rows.ShouldBe(LogErrors.All.Where(code => code != LogErrorCode.Closed).Select(code => string.Join(
            ' ',
            LogErrors.WireName(code),
            ProblemTable.Row(code).Status,
            LogErrors.IsRetryable(code) ? "yes" : "no",
            LogErrors.SideEffectsOf(code) == SideEffects.None ? "none" : "possible",
            ProblemTable.Row(code).RetryAfterSeconds is { } seconds ? $"{seconds} s" : "–")));
    }
}
