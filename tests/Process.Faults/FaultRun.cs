using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;

namespace Orleans.Log.Process.Faults;

/// <summary>A formatted directory with two streams, then one run of the server under strace with several writers, until it ends.</summary>
internal sealed class FaultRun : IDisposable
{
    public const int IoDepth = 2;

    private static readonly string[] Streams = ["one", "two"];

    private readonly DataFolder _folder = new();
    private readonly string[] _options;
    private readonly int _port = ServerProcess.FreePort();
    private readonly List<Ledger> _ledgers = [];

    // Without a store, whose flushes would be met instead of the log's.
    private FaultRun(string sync) => _options = ["--blobs", "none", "--wal-sync", sync, "--wal-file-size", "16MiB", "--wal-io-depth", $"{IoDepth}"];

    /// <summary>What the trace said.</summary>
    public StraceOutcome Outcome { get; private set; } = new(0, null, null);

    /// <summary>Records acknowledged in all.</summary>
    public int Acknowledged => _ledgers.Sum(ledger => ledger.Count);

    /// <summary>Formats the directory and makes the streams, without faults.</summary>
    public static async Task<FaultRun> PrepareAsync(string sync)
    {
        var run = new FaultRun(sync);
        await using var server = await ServerProcess.StartAsync(run._folder.Data, run._port, run._options);
        using var client = new LogClient(server.Address);
        foreach (var stream in Streams)
            await client.EnsureStreamAsync(stream);

        (await server.StopAsync()).ShouldBe(0);
        return run;
    }

    /// <summary>Runs the server with the fault; several writers that do not resume load it until it is gone.</summary>
    public async Task LoadUntilTheEndAsync(string call, string error, int from)
    {
        var strace = new Strace(_folder.FileBeside("strace"));
        await using var server = ServerProcess.Launch(_folder.Data, _port, _options, strace.Wrapper(call, error, from));
        if (await server.WaitUntilReadyAsync())
        {
            using var client = new LogClient(server.Address);
            var writers = await StartWritersAsync(client);
            _ledgers.AddRange(writers.Select(writer => writer.Ledger));
            await server.WaitForExitAsync($"to end because {call} fails with {error}", TimeSpan.FromSeconds(60));
            foreach (var writer in writers)
                await writer.DisposeAsync();
        }

        server.ExitCode.ShouldNotBe(0);
        Outcome = strace.Read();
    }

    /// <summary>Acknowledged records that were not asked for before that moment.</summary>
    public int AcknowledgedAfter(DateTimeOffset moment) => _ledgers.Sum(ledger => ledger.AcknowledgedOfThoseStartedAfter(moment));

    /// <summary>Starts once more, without faults, and compares the streams with what was acknowledged.</summary>
    public async Task VerifyAfterRestartAsync()
    {
        await using var server = await ServerProcess.StartAsync(_folder.Data, _port, _options);
        using var client = new LogClient(server.Address);
        foreach (var stream in Streams)
        {
            var records = await client.ReadAllAsync(stream);
            foreach (var ledger in _ledgers.Where(ledger => ledger.Writer.StartsWith(stream, StringComparison.Ordinal)))
                ledger.Verify(records);
        }

        // And it takes appends again.
        (await client.AppendAsync(Streams[0], new[] { NewRecord.FromText("again") })).End.ShouldBeGreaterThan(0);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>As many as can still be started: an early fault may end the server meanwhile.</summary>
    private static async Task<List<Writer>> StartWritersAsync(LogClient client)
    {
        var writers = new List<Writer>();
        try
        {
            foreach (var stream in Streams)
            {
                foreach (var name in new[] { "a", "b" })
                    writers.Add(await Writer.StartAsync(client, stream, $"{stream}-{name}", new AppenderOptions { PipelineSize = 4, Resume = false }));
            }
        }
        catch (LogClientException error) when (error.Retryable)
        {
            // The next thing that is looked at is the server's end.
        }

        return writers;
    }
}
