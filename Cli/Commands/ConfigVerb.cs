using System.CommandLine;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog config</summary>
internal sealed class ConfigVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly ConfigOptions _config = new();
    private readonly Option<long?> _ifVersion = new("--if-version")
    {
        Description = "Change only if the configuration still has this version.",
        HelpName = "N",
        CustomParser = static result => CommonOptions.Whole(result, 1, long.MaxValue),
    };

    public ConfigVerb()
        : base("config", "Shows the stream and its configuration, or changes it.")
    {
        Add(_stream);
        _config.AddTo(this);
        Add(_ifVersion);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var stream = call.Get(_stream);
        var description = _config.Read(call) is { } change
            ? await call.Client.ConfigureStreamAsync(stream, change, call.Get(_ifVersion), _config.ReadLifted(call), cancellationToken)
            : await call.Client.DescribeStreamAsync(stream, cancellationToken);
        StreamReport.Write(call.Out, description);
        return ExitCode.Ok;
    }
}
