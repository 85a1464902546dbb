using System.CommandLine;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog fence</summary>
internal sealed class FenceVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Argument<string> _token = new("token") { Description = "The token; empty removes it.", HelpName = "TOKEN" };
    private readonly Option<string?> _expected = new("--expected")
    {
        Description = "Only if this is the present token; empty: only if there is none.",
        HelpName = "TOKEN",
    };

    public FenceVerb()
        : base("fence", "Sets the fencing token: from here on only appends that carry it are taken.")
    {
        Add(_stream);
        Add(_token);
        Add(_expected);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var fenced = await call.Client.FenceAsync(call.Get(_stream), call.Get(_token), call.Get(_expected), cancellationToken);
        StreamReport.Write(call.Out, fenced);
        return ExitCode.Ok;
    }
}
