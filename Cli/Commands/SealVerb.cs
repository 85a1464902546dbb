using System.CommandLine;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog seal</summary>
internal sealed class SealVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();

    public SealVerb()
        : base("seal", "Ends the stream for good at its present tail; reading goes on.") => Add(_stream);

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        StreamReport.Write(call.Out, await call.Client.SealAsync(call.Get(_stream), cancellationToken));
        return ExitCode.Ok;
    }
}
