using System.Globalization;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>
/// A server that offloads all the time is killed before a flush or a rename, another one every time: between any two steps of publishing and reclaiming, since
/// each ends with one of the two. What was acknowledged is there again, in the log or in the store, in order and once.
/// </summary>
public sealed class OffloadKillTests(ITestOutputHelper output)
{
    private const int WritersPerStream = 2;
    private static readonly string[] Streams = ["alpha", "beta", "gamma"];

    /// <summary>What a step ends with: a blob or a checkpoint takes its name, or what was written is flushed.</summary>
    private static readonly string[] Calls = ["rename", "fsync"];

    /// <summary>A new checkpoint is flushed, renamed and flushed with its directory, and so is the control file that names it and says where the log begins.</summary>
    private const int CallsOfReclaiming = 3;

    /// <summary>Cycles that come one after the other die far apart, so that a few of them see the start of a cycle as well as its end.</summary>
    private const int Stride = 7;

    [StraceFact]
    public async Task Killed_between_any_two_steps_of_offloading_nothing_acknowledged_is_lost()
    {
        var cycles = LongForm.Choose(quick: 8, lengthy: 400);
        using var folder = new DataFolder();
        string[] options = ["--blobs", folder.Blobs, "--wal-file-size", "16MiB", "--segment-size", "64KiB", "--segment-age", "1s"];
        var port = ServerProcess.FreePort();
        using var client = new LogClient(new Uri($"http://127.0.0.1:{port}"), new LogClientOptions { MaxRetryDelay = TimeSpan.FromMilliseconds(200) });
        var (writers, died, steps) = (new List<Writer>(), 0, new SortedDictionary<string, int>());
        var counting = new Strace(folder.FileBeside("strace"));
        await using (var first = ServerProcess.Launch(folder.Data, port, options, counting.CountingWrapper(string.Join(',', Calls))))
        {
            (await first.WaitUntilReadyAsync()).ShouldBeTrue();
            foreach (var stream in Streams)
            {
                await client.EnsureStreamAsync(stream);
                for (var i = 0; i < WritersPerStream; i++)
                    writers.Add(await Writer.StartAsync(client, stream, $"{stream}-{i}"));
            }

            await WorkAsync(client, writers, CancellationToken.None);
            await first.KillAsync();
        }

        var most = Calls.ToDictionary(static call => call, counting.MostCallsOfOneThread);
        most.Values.ShouldAllBe(static calls => calls > 1, "a cycle must make such calls, or there is nothing to kill at");
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            // Threads that write segments make most of the calls, so those that give the log back have turns of their own; in the quick form, which writes too little for that, those that publish.
            var (turn, kind) = Math.DivRem(cycle, Calls.Length + 1);
            var call = kind < Calls.Length ? Calls[kind] : null;
            var strace = new Strace(folder.FileBeside("strace"));
            var killing = call is null
                ? strace.KillingWrapper(string.Join(',', Calls), 1 + (turn / 2 % CallsOfReclaiming), !LongForm.IsOn ? [Path.Combine(folder.Blobs, "roots")] : turn % 2 == 0 ? CheckpointFiles(folder.Data) : ControlFiles(folder.Data))
                : strace.KillingWrapper(call, 1 + (turn * Stride % most[call]));
            await using var server = ServerProcess.Launch(folder.Data, port, options, killing);
            using var over = new CancellationTokenSource();
            if (await server.WaitUntilReadyAsync())
            {
                var work = WorkAsync(client, writers, over.Token);
                if (await Task.WhenAny(server.Ended, work) == work && !await work)
                    await server.Ended.WaitAsync(TimeSpan.FromMinutes(1));
            }

            await over.CancelAsync();
            var hasDied = server.HasExited;
            await server.KillAsync();
            if (hasDied)
            {
                died++;
                var step = StepOf(folder, strace.KilledBefore());
                steps[step] = steps.GetValueOrDefault(step) + 1;
            }
            else if (call is not null)
            {
                most[call] = strace.MostCallsOfOneThread(call);
            }
        }

        await using var last = await ServerProcess.StartAsync(folder.Data, port, options);
        foreach (var writer in writers)
            await writer.FinishAsync();

        foreach (var stream in Streams)
        {
            await client.SnapshotAsync(stream);
            var records = await client.ReadAllAsync(stream);
            foreach (var writer in writers.Where(writer => writer.Ledger.Writer.StartsWith(stream, StringComparison.Ordinal)))
            {
                writer.Failure.ShouldBeNull();
                writer.Ledger.Verify(records);
            }
        }

        (await last.StopAsync()).ShouldBe(0);
        died.ShouldBeGreaterThan(LongForm.Choose(quick: 0, lengthy: cycles / 2), "calls must be reached; where one is not, the server is killed wherever it stands");
        steps.Keys.ShouldContain(static step => step.Contains("of blob roots", StringComparison.Ordinal), "some must have died while they published");
        if (LongForm.IsOn)
            steps.Keys.ShouldContain(static step => step.Contains("of data checkpoint", StringComparison.Ordinal), "and some while they gave the log back");

        var (code, _, errors) = await Olog.RunAsync("doctor", "--blobs", folder.Blobs, "--json");
        code.ShouldBe(0, errors);
        output.WriteLine($"{died} of {cycles} kills before a flush or a rename (in the last cycle that survived a thread made up to {string.Join(" and ", most.Select(static calls => $"{calls.Value} {calls.Key}"))}), {writers.Sum(writer => writer.Ledger.Count)} records acknowledged, none lost, none doubled");
        output.WriteLine($"They died before: {string.Join(", ", steps.Select(static step => $"{step.Value} {step.Key}"))}");
    }

    /// <summary>The new checkpoint, whose number is one of the next, and its directory.</summary>
    private static IEnumerable<string> CheckpointFiles(string data)
    {
        var folder = Path.Combine(data, "checkpoint");
        var last = Directory.GetFiles(folder, "*.ckpt").Select(static file => long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
        return [folder, .. Enumerable.Range(1, 4).Select(next => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{last + next:d16}.tmp")))];
    }

    private static IEnumerable<string> ControlFiles(string data) => new[] { ".", "control.a", "control.a.tmp", "control.b", "control.b.tmp" }.Select(file => Path.GetFullPath(file, data));

    /// <summary>Of what is killed: the call, and which part of the data directory or of the store it belonged to.</summary>
    private static string StepOf(DataFolder folder, (string Call, string File)? killed)
    {
        if (killed is not { } at)
            return "unknown";

        var root = at.File.StartsWith(folder.Blobs, StringComparison.Ordinal) ? folder.Blobs : folder.Data;
        var parts = Path.GetRelativePath(root, at.File).Split('/');
        return $"{at.Call} of {(root == folder.Blobs ? "blob" : "data")} {(parts.Length > 1 ? parts[0] + "/" : parts[0])}";
    }

    /// <summary>Some records more, and then everything is published: steps enough to die between. False if a publication failed, as it does when the server has died.</summary>
    private static async Task<bool> WorkAsync(LogClient client, List<Writer> writers, CancellationToken cancellationToken)
    {
        await Task.WhenAll(writers.Select(static writer => writer.MoreAsync(LongForm.Choose(quick: 500, lengthy: 4_000))));
        try
        {
            await Task.WhenAll(Streams.Select(stream => client.SnapshotAsync(stream, cancellationToken)));
            return true;
        }
        catch (Exception error) when (error is LogClientException or OperationCanceledException)
        {
            return false;
        }
    }
}
