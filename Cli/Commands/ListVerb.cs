using System.CommandLine;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog ls</summary>
internal sealed class ListVerb : Verb
{
    private const int TableRows = 10_000;

    private readonly Argument<string> _prefix = new("prefix")
    {
        Description = "Only streams whose names start with this.",
        HelpName = "PREFIX",
        DefaultValueFactory = _ => string.Empty,
    };

    public ListVerb()
        : base("ls", "Lists streams, in the order of their names.") => Add(_prefix);

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        // A table needs all of its rows to be laid out; beyond a bound it goes out in pieces.
        var rows = new List<StreamBody>();
        await foreach (var stream in call.Client.ListStreamsAsync(call.Get(_prefix), cancellationToken))
        {
            if (call.Out.Json)
            {
                call.Out.WriteJson(stream, WireJson.Default.StreamBody);
                continue;
            }

            rows.Add(stream);
            if (rows.Count == TableRows)
            {
                StreamReport.WriteList(call.Out, rows);
                rows.Clear();
            }
        }

        if (rows.Count > 0)
            StreamReport.WriteList(call.Out, rows);

        return ExitCode.Ok;
    }
}
