using System.CommandLine;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog check-tail</summary>
internal sealed class CheckTailVerb : Verb
{
    private static readonly string[] Heading = ["head", "tail", "sealed", "last record"];
    private readonly Argument<string> _stream = CommonOptions.Stream();

    public CheckTailVerb()
        : base("check-tail", "Prints head and tail: at least everything acknowledged before the call.") => Add(_stream);

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var tail = await call.Client.CheckTailAsync(call.Get(_stream), cancellationToken);
        if (call.Out.Json)
            call.Out.WriteJson(tail, WireJson.Default.TailBody);
        else
            call.Out.WriteTable(Heading, [[$"{tail.Head}", $"{tail.Tail}", tail.Sealed ? "true" : "false", Amounts.Time(tail.LastTimestamp)]]);

        return ExitCode.Ok;
    }
}
