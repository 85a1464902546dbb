using System.Globalization;
using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Benchmarks;

/// <summary>How reports boil rounds down and print them: rows of Markdown tables, the same wherever they run.</summary>
internal static class Figures
{
    /// <summary>The head of a table.</summary>
    public static string Head(params IReadOnlyList<string> columns) => $"{Row(columns)}\n|{string.Concat(columns.Select(static _ => "---|"))}";

    /// <summary>A row of a table.</summary>
    public static string Row(params IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>A number.</summary>
    public static string Number(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>The middle one; of an even number the higher of the two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return ordered[ordered.Length / 2];
    }

    /// <summary>The median of what the rounds had of something.</summary>
    public static string Median<T>(IEnumerable<T> rounds, Func<T, double> of, string format) => Number(format, Median(rounds.Select(of)));

    /// <summary>What the rounds had, in order of size, and the median.</summary>
    public static string All(IEnumerable<double> rounds, string format)
    {
        var ordered = rounds.Order().ToArray();
        return $"{string.Join(" · ", ordered.Select(value => Number(format, value)))} (**{Number(format, Median(ordered))}**)";
    }

    /// <summary>The ratios of two sides, round by round, and their median.</summary>
    public static string Ratios<T>(IEnumerable<T> side, IEnumerable<T> toSide, Func<T, double> of) => All(side.Zip(toSide, (one, other) => of(one) / of(other)), "0.00");

    /// <summary>Records a second.</summary>
    public static string Rate(IEnumerable<BenchResult> rounds) => Median(rounds, static run => run.RecordsPerSecond, "#,##0");

    /// <summary>Latency of an append in microseconds, p50 / p99.</summary>
    public static string Latency(IEnumerable<BenchResult> rounds) =>
        $"{Median(rounds, static run => run.LatencyUs.P50, "#,##0")} / {Median(rounds, static run => run.LatencyUs.P99, "#,##0")}";

    /// <summary>The processors' time for a record in microseconds.</summary>
    public static string Processor(IEnumerable<BenchResult> rounds) => Median(rounds, static run => run.ProcessorUsPerRecord, "0.00");
}
