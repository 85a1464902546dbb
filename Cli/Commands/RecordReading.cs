using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>Reads and prints, for read and tail.</summary>
/// <param name="Stream">Name of the stream.</param>
/// <param name="Start">Where to begin.</param>
/// <param name="Clamp">Take a start outside of head and tail as the nearer of the two, and continue a following at the head.</param>
/// <param name="Limit">Most records.</param>
/// <param name="Until">Stop before the first record with this timestamp or a later one.</param>
/// <param name="Follow">Go on with what comes.</param>
/// <param name="Raw">Payloads only.</param>
internal sealed record RecordReading(string Stream, ReadStart Start, bool Clamp, long Limit, long? Until, bool Follow, bool Raw)
{
    public async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var printer = new RecordPrinter(call.Out, Raw);
        var left = Limit;
        await foreach (var page in Follow ? Following(call, cancellationToken) : UpToTail(call, cancellationToken))
        {
            foreach (var record in page.Records)
            {
                if (left-- == 0)
                    return ExitCode.Ok;

                printer.Print(record);
            }

            if (left == 0)
                break;

            await call.Out.FlushAsync();
        }

        return ExitCode.Ok;
    }

    private IAsyncEnumerable<RecordPage> Following(Call call, CancellationToken cancellationToken) =>
        call.Client.FollowPagesAsync(Stream, Start, new ReadOptions { Clamp = Clamp }, cancellationToken);

    /// <summary>Everything up to the tail that the first page found, so that a busy stream's reader ends too.</summary>
    private async IAsyncEnumerable<RecordPage> UpToTail(
        Call call, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new ReadOptions { Clamp = Clamp, Until = Until, MaxRecords = (int)Math.Clamp(Limit, 1, Limits.ReadRecords) };
        var page = await call.Client.ReadAsync(Stream, Start, options, cancellationToken);
        var tail = page.Tail;
        while (page.Records.Count > 0)
        {
            yield return page;
            if (page.Next >= tail)
                break;

            var rest = options with { Clamp = false, StreamId = page.StreamId, MaxRecords = (int)Math.Clamp(tail - page.Next, 1, Limits.ReadRecords) };
            page = await call.Client.ReadAsync(Stream, ReadStart.AtLsn(page.Next), rest, cancellationToken);
        }
    }
}
