using System.CommandLine;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog tail</summary>
internal sealed class TailVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Option<int> _lines = new("--lines", "-n")
    {
        Description = "So many records before the tail (default 10).",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
        CustomParser = static result => (int)(CommonOptions.Whole(result, 0, int.MaxValue) ?? 0),
    };

    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Go on with what comes, until the stream is sealed." };
    private readonly Option<bool> _raw = new("--raw") { Description = "Payloads only, nothing between." };

    public TailVerb()
        : base("tail", "Prints the last records.")
    {
        Add(_stream);
        Add(_lines);
        Add(_follow);
        Add(_raw);
    }

    public override Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var reading = new RecordReading(
            call.Get(_stream),
            ReadStart.Last(call.Get(_lines)),
            Clamp: false,
            Limit: long.MaxValue,
            Until: null,
            call.Get(_follow),
            call.Get(_raw));
        return reading.RunAsync(call, cancellationToken);
    }
}
