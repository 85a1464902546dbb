using System.CommandLine;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog snapshot</summary>
internal sealed class SnapshotVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();

    public SnapshotVerb()
        : base("snapshot", "Moves everything committed to the blob store and publishes a snapshot; waits for it.") => Add(_stream);

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var stream = call.Get(_stream);
        var snapshot = await CliProgress.RunAsync(
            call.Host, call.Out.Json, $"offloading {stream}", whole: 0, progress => TakeAsync(call.Client, stream, progress, cancellationToken));
        if (call.Out.Json)
            call.Out.WriteJson(snapshot, WireJson.Default.SnapshotBody);
        else
            SnapshotReport.Write(call.Out, [snapshot]);

        return ExitCode.Ok;
    }

    // The server tells a caller after a while that it is not done yet; it goes on, so asking again is waiting.
    private static async Task<SnapshotBody> TakeAsync(LogClient client, string stream, CliProgress progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await client.SnapshotAsync(stream, cancellationToken);
            }
            catch (LogClientException late) when (late.Code == LogClientErrors.TimedOut)
            {
                var state = await client.DescribeStreamAsync(stream, cancellationToken);
                progress.Set(state.Offloaded - state.Head, state.Tail - state.Head);
            }
        }
    }
}
