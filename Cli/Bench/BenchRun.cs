using System.Diagnostics;

namespace Orleans.Log.Cli.Bench;

/// <summary>One run: prepare, warm up, measure, drain. The display is told about four times a second.</summary>
internal sealed class BenchRun(IBenchTarget target, BenchOptions options, TimeProvider time)
{
    private readonly BenchClock _clock = new();
    private readonly List<BenchTally> _tallies = [];

    /// <summary>Called with the share of the whole time that is over (0 to 1) and the counts so far.</summary>
    public Action<double, BenchProgress>? Progress { get; init; }

    public async Task<BenchResult> RunAsync(CancellationToken cancellationToken)
    {
        await target.PrepareAsync(cancellationToken);
        var clients = new List<IBenchClient>();
        try
        {
            for (var i = 0; i < options.Clients; i++)
                clients.Add(await target.CreateClientAsync(i, cancellationToken));

            return await MeasureAsync(clients, cancellationToken);
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }

    private async Task<BenchResult> MeasureAsync(List<IBenchClient> clients, CancellationToken cancellationToken)
    {
        var loops = StartLoops(clients, cancellationToken);
        try
        {
            await WaitAsync(loops, options.WarmUp, TimeSpan.Zero, cancellationToken);
            GC.Collect();
            var before = await target.ReadDurabilityAsync(cancellationToken);
            var allocated = GC.GetTotalAllocatedBytes();
            var processor = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            _clock.StartMeasuring();
            await WaitAsync(loops, options.Duration, options.WarmUp, cancellationToken);
            _clock.Stop();
            var elapsed = Stopwatch.GetElapsedTime(start);
            processor = Environment.CpuUsage.TotalTime - processor;
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            var after = await target.ReadDurabilityAsync(cancellationToken);
            await loops;
            return Summarize(elapsed, processor, allocated, before, after);
        }
        catch (OperationCanceledException)
        {
            _clock.Stop();
            await ((Task)loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        finally
        {
            _clock.Stop();
        }
    }

    private Task StartLoops(List<IBenchClient> clients, CancellationToken cancellationToken)
    {
        var loops = new List<Task>();
        if (options.Rate is not null)
            loops.Add(RunOpenLoopAsync(clients, AddTally()));
        else
            loops.AddRange(clients.Select(client => StartClosedLoop(client, AddTally())));

        if (options.KeepBytes is not null)
            loops.Add(Task.Run(() => TrimLoop.RunAsync(target, options, _clock, time, cancellationToken), CancellationToken.None));

        return WhenAllOrFirstFailure(loops);
    }

    private Task StartClosedLoop(IBenchClient client, BenchTally tally) =>
        Task.Run(() => ClosedLoop.RunAsync(client, options.Outstanding, _clock, tally));

    private async Task RunOpenLoopAsync(List<IBenchClient> clients, BenchTally tally)
    {
        using var loop = new OpenLoop(clients, options, _clock, tally);
        await loop.RunAsync();
    }

    // A loop that failed must end the run at once; the others stop with the clock.
    private static async Task WhenAllOrFirstFailure(List<Task> loops)
    {
        while (loops.Count > 0)
        {
            var done = await Task.WhenAny(loops);
            await done;
            loops.Remove(done);
        }
    }

    private BenchTally AddTally()
    {
        var tally = new BenchTally();
        _tallies.Add(tally);
        return tally;
    }

    private async Task WaitAsync(Task loops, TimeSpan duration, TimeSpan already, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var whole = options.WarmUp + options.Duration;
        for (var left = duration; left > TimeSpan.Zero; left = duration - time.GetElapsedTime(start))
        {
            var tick = Task.Delay(left < TimeSpan.FromMilliseconds(250) ? left : TimeSpan.FromMilliseconds(250), time, cancellationToken);
            if (await Task.WhenAny(loops, tick) == loops)
                await loops;

            await tick;
            var over = already + time.GetElapsedTime(start);
            Progress?.Invoke(Math.Min(1, over / whole), Snapshot(_clock.Measuring ? time.GetElapsedTime(start) : TimeSpan.Zero));
        }
    }

    private BenchProgress Snapshot(TimeSpan measured)
    {
        var (histogram, batches) = Merge();
        var rate = measured > TimeSpan.Zero ? batches * options.Batch / measured.TotalSeconds : 0;
        return new BenchProgress(rate, histogram.Percentile(0.5) / 1000.0, histogram.Percentile(0.99) / 1000.0);
    }

    private (LatencyHistogram Latency, long Batches) Merge()
    {
        var merged = new LatencyHistogram();
        long batches = 0;
        foreach (var tally in _tallies)
        {
            merged.Add(tally.Latency);
            batches += tally.Batches;
        }

        return (merged, batches);
    }

    private BenchResult Summarize(TimeSpan elapsed, TimeSpan processor, long allocated, DurabilityReading before, DurabilityReading after)
    {
        var (latency, batches) = Merge();
        var records = batches * options.Batch;
        return new BenchResult
        {
            Path = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(options.Path.ToString()),
            Loop = options.Rate is null ? "closed" : "open",
            TargetRate = options.Rate,
            RecordBytes = options.RecordBytes,
            Batch = options.Batch,
            Clients = options.Clients,
            Streams = options.Streams,
            Outstanding = options.Outstanding,
            KeepBytes = options.KeepBytes,
            WarmUpSeconds = options.WarmUp.TotalSeconds,
            Seconds = Math.Round(elapsed.TotalSeconds, 3),
            Records = records,
            RecordsPerSecond = Math.Round(records / elapsed.TotalSeconds),
            MibPerSecond = Math.Round(records * (double)options.RecordBytes / elapsed.TotalSeconds / (1024 * 1024), 2),
            LatencyUs = LatencySummary.Of(latency),
            Refused = _tallies.Sum(t => t.Refused),
            Late = _tallies.Sum(t => t.Late),
            AllocatedBytesPerRecord = records == 0 ? 0 : Math.Round((double)allocated / records, 1),
            ProcessorUsPerRecord = records == 0 ? 0 : Math.Round(processor.TotalMicroseconds / records, 3),
            Durability = DurabilitySummary.Of(before, after, records),
        };
    }
}

/// <summary>Counts while a run goes on: records per second so far, percentiles in microseconds.</summary>
internal readonly record struct BenchProgress(double RecordsPerSecond, double P50Us, double P99Us);
