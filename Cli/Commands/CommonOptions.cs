using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>Options and arguments that several verbs share.</summary>
internal static class CommonOptions
{
    public const string DefaultServer = "http://127.0.0.1:5075";

    public static Option<Uri> Server(CliHost host) => new("--server")
    {
        Description = $"Server to talk to; also by OLOG_SERVER. Default {DefaultServer}.",
        HelpName = "URL",
        Recursive = true,
        DefaultValueFactory = result =>
        {
            var server = ParseServer(host.Variable("OLOG_SERVER") ?? DefaultServer);
            if (server is null)
                result.AddError($"OLOG_SERVER '{SafeText.Of(host.Variable("OLOG_SERVER") ?? "")}' is not an http or https URL.");

            return server!;
        },
        CustomParser = result => Parse(result, ParseServer, "is not an http or https URL"),
    };

    public static Option<bool> Json() => new("--json")
    {
        Description = "Results as JSON on standard output, errors as problem JSON on standard error.",
        Recursive = true,
    };

    public static Argument<string> Stream() => new("stream")
    {
        Description = "Name of the stream.",
        HelpName = "STREAM",
        CustomParser = result => Parse(
            result,
            text => StreamName.TryParse(text, out var name) ? name.Value : null,
            "is not a stream name: 1 to 256 characters of A-Z a-z 0-9 . _ : ~ - that start with a letter or a digit"),
    };

    public static Option<long?> Position(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "LSN",
        CustomParser = result => Whole(result, 0, Limits.Position),
    };

    public static Option<int> Number(string name, string description, int standard, int low, int high) => new(name)
    {
        Description = $"{description} ({low} to {high}, default {standard})",
        HelpName = "N",
        DefaultValueFactory = _ => standard,
        CustomParser = result => (int)(Whole(result, low, high) ?? standard),
    };

    /// <summary>A number without a default.</summary>
    public static Option<int?> Number(string name, string description, int low, int high, string help = "N") => new(name)
    {
        Description = $"{description} ({low} to {high})",
        HelpName = help,
        CustomParser = result => (int?)Whole(result, low, high),
    };

    /// <summary>The whole number of a result; an error with option, range and value if it is none.</summary>
    public static long? Whole(ArgumentResult result, long low, long high) => Parse<long?>(
        result,
        text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= low
            && number <= high
                ? number
                : null,
        string.Create(CultureInfo.InvariantCulture, $"is not a whole number from {low} to {high}"));

    public static Option<long?> Time(string name, string description) => new(name)
    {
        Description = $"{description} Milliseconds since 1970 UTC, or a date and time.",
        HelpName = "TIME",
        CustomParser = result => Parse(result, Amounts.ParseTime, "is neither milliseconds since 1970 nor a date and time"),
    };

    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = $"{description} For example 250ms, 10s, 5m, 7d.",
        HelpName = "DURATION",
        CustomParser = result => Parse(result, Amounts.ParseDuration, "is not a duration like 250ms, 10s, 5m, 7d"),
    };

    /// <summary>The one token of a result, parsed. Null is an error, which names the option and the token.</summary>
    public static T? Parse<T>(ArgumentResult result, Func<string, T?> parse, string otherwise)
    {
        var text = result.Tokens[0].Value;
        var value = parse(text);
        if (value is null)
            result.AddError($"{NameOf(result)}'{SafeText.Of(text)}' {otherwise}.");

        return value;
    }

    private static string NameOf(ArgumentResult result) => result.Parent is OptionResult { Option.Name: var name } ? name + " " : "";

    private static Uri? ParseServer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null;
}
