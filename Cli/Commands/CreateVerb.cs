using System.CommandLine;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog create</summary>
internal sealed class CreateVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly ConfigOptions _config = new();
    private readonly Option<bool> _mustBeNew = new("--must-be-new") { Description = "Fail if the stream exists." };

    public CreateVerb()
        : base("create", "Makes sure that the stream exists, with the configuration given.")
    {
        Add(_stream);
        _config.AddTo(this);
        Add(_mustBeNew);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        if (_config.ReadLifted(call) != RetentionBounds.None)
            throw new CliException(ExitCode.Usage, "A new stream keeps everything unless told otherwise; to lift a bound of one that exists, use config.");

        var ensured = await call.Client.EnsureStreamAsync(
            call.Get(_stream), _config.Read(call), call.Get(_mustBeNew), cancellationToken);
        if (!call.Out.Json)
            call.Say(ensured.Created ? "created" : "exists");

        StreamReport.Write(call.Out, ensured.Stream);
        return ExitCode.Ok;
    }
}
