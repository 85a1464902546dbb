using System.Globalization;

namespace Orleans.Log.Benchmarks.Cluster;

/// <summary>Medians of all rounds, as a table.</summary>
internal sealed class ResultTable
{
    private readonly Dictionary<(string Work, string Target), List<Outcome>> _outcomes = [];

    public void Add(Workload work, string target, Outcome outcome)
    {
        var key = (work.ToString(), target);
        if (!_outcomes.TryGetValue(key, out var all))
            _outcomes.Add(key, all = []);

        all.Add(outcome);
    }

    /// <summary>Writes it; each rate also as a share of the first target's.</summary>
    public void Print(TextWriter writer, string[] targets)
    {
        writer.WriteLine("| work | " + string.Join(" | ", targets) + " |");
        writer.WriteLine("|---|" + string.Concat(targets.Select(static _ => "---|")));
        foreach (var work in _outcomes.Keys.Select(static key => key.Work).Distinct())
        {
            var first = Median(_outcomes[(work, targets[0])], static outcome => outcome.Rate);
            writer.WriteLine($"| {work} | " + string.Join(" | ", targets.Select(target => Cell(_outcomes[(work, target)], first))) + " |");
        }
    }

    private static string Cell(List<Outcome> outcomes, double first)
    {
        var rate = Median(outcomes, static outcome => outcome.Rate);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rate:N0}/s ({rate / first:0.00}), {Median(outcomes, static outcome => outcome.P50):N0} / {Median(outcomes, static outcome => outcome.P99):N0} µs");
    }

    private static double Median(List<Outcome> outcomes, Func<Outcome, double> of) => outcomes.Select(of).Order().ElementAt(outcomes.Count / 2);
}
