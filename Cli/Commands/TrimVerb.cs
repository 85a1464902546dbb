using System.CommandLine;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog trim</summary>
internal sealed class TrimVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Argument<long> _before = new("before") { Description = "Lowest LSN that stays.", HelpName = "LSN" };

    public TrimVerb()
        : base("trim", "Gives up everything below an LSN, for good.")
    {
        Add(_stream);
        Add(_before);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        StreamReport.Write(call.Out, await call.Client.TrimAsync(call.Get(_stream), call.Get(_before), cancellationToken));
        return ExitCode.Ok;
    }
}
