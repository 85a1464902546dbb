using System.Globalization;
using System.Text;

namespace Orleans.Log.ServiceDefaults.Metrics;

/// <summary>The Prometheus text format 0.0.4: names, labels, escapes, numbers.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>A metric's name: dots become underscores, the unit and, for counters, <c>total</c> are appended.</summary>
    public static string MetricName(string instrument, string? unit, MetricKind kind)
    {
        var name = Identifier(instrument);
        name = UnitSuffix(unit) is { Length: > 0 } suffix && !name.EndsWith('_' + suffix, StringComparison.Ordinal) ? $"{name}_{suffix}" : name;
        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary><c>key="value",…</c> with the values escaped.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(Identifier(key)).Append("=\"");
            Escape(text, Text(value), quotes: true);
            text.Append('"');
        }

        return text.ToString();
    }

    /// <summary>Writes a family: HELP, TYPE, then its series.</summary>
    public static void Write(StringBuilder text, MetricFamily family)
    {
        text.Append("# HELP ").Append(family.Name).Append(' ');
        Escape(text, family.Help, quotes: false);
        text.Append("\n# TYPE ").Append(family.Name).Append(' ').Append(KindName(family.Kind)).Append('\n');
        foreach (var series in family.Series)
        {
            if (family.Kind == MetricKind.Histogram)
                WriteHistogram(text, family.Name, series);
            else
                WriteSample(text, family.Name, series.Labels, Number(series.Value));
        }
    }

    /// <summary>A number as the format wants it.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static void WriteHistogram(StringBuilder text, string name, MetricSeries series)
    {
        var separator = series.Labels.Length == 0 ? "" : ",";
        long cumulative = 0;
        var counts = series.BucketCounts();
        for (var i = 0; i < counts.Length; i++)
        {
            cumulative += counts[i];
            var bound = i < series.Bounds.Length ? series.Bounds[i] : double.PositiveInfinity;
            WriteSample(text, name + "_bucket", $"{series.Labels}{separator}le=\"{Number(bound)}\"", Number(cumulative));
        }

        WriteSample(text, name + "_sum", series.Labels, Number(series.Value));
        WriteSample(text, name + "_count", series.Labels, Number(cumulative));
    }

    private static void WriteSample(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');

        text.Append(' ').Append(value).Append('\n');
    }

    private static void Escape(StringBuilder text, string value, bool quotes)
    {
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(character),
            };
        }
    }

    /// <summary>Letters, digits and underscores; every other character becomes an underscore, and a leading digit gets one before it.</summary>
    private static string Identifier(string name)
    {
        var text = string.Concat(name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));
        return text.Length == 0 || char.IsAsciiDigit(text[0]) ? '_' + text : text;
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string KindName(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };

    /// <summary>UCUM units spelled out; annotations in braces say what is counted and are not a unit.</summary>
    private static string UnitSuffix(string? unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        "1" or "" or null => "",
        _ when unit.StartsWith('{') => "",
        _ => Identifier(unit),
    };
}
