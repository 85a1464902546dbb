using System.Diagnostics;

namespace Orleans.Log.Benchmarks.Cluster;

/// <summary>What is done to the log: callers, spread over streams, each of which waits for one record of 1 KiB before it appends the next.</summary>
internal sealed record Workload(int Streams, int Callers)
{
    public const int PayloadBytes = 1024;

    public override string ToString() => $"{Streams} streams, {Callers} callers";
}

/// <summary>What came of it.</summary>
/// <param name="Rate">Acknowledgements in a second.</param>
/// <param name="P50">Median latency in microseconds.</param>
/// <param name="P99">The latency that 99 of 100 stayed below, in microseconds.</param>
internal sealed record Outcome(double Rate, double P50, double P99);

/// <summary>A way to the log.</summary>
internal interface ITarget
{
    string Name { get; }

    /// <summary>Makes the stream, and gives what appends one record to it and waits.</summary>
    Task<Func<byte[], Task>> OpenAsync(string stream);
}

/// <summary>Puts the load on.</summary>
internal static class Load
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static int _run;

    public static async Task<Outcome> RunAsync(ITarget target, Workload work, TimeSpan duration)
    {
        var run = Interlocked.Increment(ref _run);
        var streams = new List<Func<byte[], Task>>();
        for (var i = 0; i < work.Streams; i++)
            streams.Add(await target.OpenAsync($"bench-{Environment.ProcessId}-{run}-{i}"));

        var payload = new byte[Workload.PayloadBytes];
        Random.Shared.NextBytes(payload);
        var measureFrom = Stopwatch.GetTimestamp() + (long)(WarmUp.TotalSeconds * Stopwatch.Frequency);
        var until = measureFrom + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var callers = Enumerable.Range(0, work.Callers).Select(caller => Task.Run(() => CallAsync(streams[caller % streams.Count], payload, measureFrom, until))).ToList();
        var latencies = (await Task.WhenAll(callers)).SelectMany(static all => all).ToArray();
        Array.Sort(latencies);
        return new Outcome(latencies.Length / duration.TotalSeconds, At(latencies, 0.5), At(latencies, 0.99));
    }

    private static async Task<List<long>> CallAsync(Func<byte[], Task> append, byte[] payload, long measureFrom, long until)
    {
        var latencies = new List<long>(1 << 16);
        while (true)
        {
            var begun = Stopwatch.GetTimestamp();
            if (begun >= until)
                return latencies;

            await append(payload);
            if (begun >= measureFrom)
                latencies.Add(Stopwatch.GetTimestamp() - begun);
        }
    }

    private static double At(long[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))] * 1e6 / Stopwatch.Frequency;
}
