using System.CommandLine;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog delete</summary>
internal sealed class DeleteVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Option<bool> _yes = new("--yes") { Description = "Yes, delete it and everything in it." };

    public DeleteVerb()
        : base("delete", "Deletes the stream and everything in it. Without effect if there is none.")
    {
        Add(_stream);
        Add(_yes);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        if (!call.Get(_yes))
            throw new CliException(ExitCode.Usage, "This deletes the stream and everything in it; say so with --yes.");

        await call.Client.DeleteStreamAsync(call.Get(_stream), cancellationToken);
        if (call.Out.Json)
            call.Out.WriteJson(new DeletedResult { Deleted = call.Get(_stream) }, CliJson.Default.DeletedResult);

        return ExitCode.Ok;
    }
}
