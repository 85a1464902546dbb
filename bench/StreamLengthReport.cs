using Orleans.Log.Cli.Bench;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// Whether an append costs the same wherever it goes: a million records into one stream, and the same number into a hundred, on a new node each. Both by 64 clients, each of which
/// waits for its answer. Sides alternate; ratios are those of a round.
/// </summary>
internal static class StreamLengthReport
{
    private const int Rounds = 3;
    private const int Records = 1_000_000;
    private const int Clients = 64;

    public static async Task RunAsync(string directory)
    {
        var (one, hundred) = (new List<Cost>(), new List<Cost>());
        await MeasureAsync(directory, 1, Records / 5);
        for (var round = 0; round < Rounds; round++)
        {
            one.Add(await MeasureAsync(directory, 1, Records));
            hundred.Add(await MeasureAsync(directory, 100, Records));
        }

        await Console.Out.WriteLineAsync(Head("", "1 stream of 1,000,000", "100 streams of 10,000", "ratios (median)"));
        await Console.Out.WriteLineAsync(RowOf("µs an append", one, hundred, static cost => cost.Elapsed.TotalMicroseconds / Records));
        await Console.Out.WriteLineAsync(RowOf("CPU µs an append", one, hundred, static cost => cost.Processor.TotalMicroseconds / Records));
    }

    private static string RowOf(string what, List<Cost> one, List<Cost> hundred, Func<Cost, double> of) =>
        Row(what, Median(one, of, "0.00"), Median(hundred, of, "0.00"), Ratios(hundred, one, of));

    private static async Task<Cost> MeasureAsync(string directory, int streams, int records)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        var options = new BenchOptions { Path = BenchPath.InProcess, Streams = streams, RecordBytes = 128, Clients = Clients };
        await using var target = new SpreadTarget(new PortTarget(node.Log, options, node.Durability), options);
        await target.PrepareAsync(CancellationToken.None);
        var clients = new List<IBenchClient>();
        for (var i = 0; i < Clients; i++)
            clients.Add(await target.CreateClientAsync(i, CancellationToken.None));

        GC.Collect();
        return await Cost.OfAsync(() => Task.WhenAll(clients.Select(client => Task.Run(() => AppendAsync(client, records / Clients)))));
    }

    private static async Task AppendAsync(IBenchClient client, int records)
    {
        for (var done = 0; done < records;)
        {
            try
            {
                await client.AppendAsync();
                done++;
            }
            catch (LogException later) when (client.IsRefusal(later))
            {
                // Faster than files are made ready.
                await Task.Delay(1);
            }
        }
    }
}
