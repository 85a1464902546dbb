using System.CommandLine;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog snapshots</summary>
internal sealed class SnapshotsVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();

    public SnapshotsVerb()
        : base("snapshots", "Lists the snapshots that the stream could be rebuilt from, newest first.") => Add(_stream);

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var snapshots = await call.Client.ListSnapshotsAsync(call.Get(_stream), cancellationToken);
        if (call.Out.Json)
            call.Out.WriteJson(new SnapshotListBody { Snapshots = snapshots }, WireJson.Default.SnapshotListBody);
        else
            SnapshotReport.Write(call.Out, snapshots);

        return ExitCode.Ok;
    }
}

/// <summary>Snapshots for people.</summary>
internal static class SnapshotReport
{
    private static readonly string[] Heading = ["lsn", "term", "published", "bytes"];

    public static void Write(CliOutput output, IReadOnlyList<SnapshotBody> snapshots) =>
        output.WriteTable(Heading, snapshots.Select(snapshot => new[]
        {
            $"{snapshot.Lsn}",
            $"{snapshot.Term}",
            Amounts.Time(snapshot.At.ToUnixTimeMilliseconds()),
            output.IsTerminal ? Amounts.Bytes(snapshot.Bytes) : $"{snapshot.Bytes}",
        }));
}
