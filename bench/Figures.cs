using System.Globalization;

namespace Orleans.Log.Benchmarks;

/// <summary>How reports boil rounds down and print them.</summary>
internal static class Figures
{
    /// <summary>The middle one; of an even number the higher of the two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return ordered[ordered.Length / 2];
    }

    /// <summary>The ratios of the rounds in order of size, and their median.</summary>
    public static string Ratios(IEnumerable<double> ratios)
    {
        var ordered = ratios.Order().ToArray();
        return $"{string.Join(" · ", ordered.Select(ratio => Number("0.00", ratio)))} (**{Number("0.00", Median(ordered))}**)";
    }

    /// <summary>A number as every report prints it, wherever it runs.</summary>
    public static string Number(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
