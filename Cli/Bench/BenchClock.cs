using System.Diagnostics;

namespace Orleans.Log.Cli.Bench;

/// <summary>Phases of a run and the one clock that latencies are taken with.</summary>
internal sealed class BenchClock
{
    private int _phase;

    /// <summary>Are results counted?</summary>
    public bool Measuring => Volatile.Read(ref _phase) == 1;

    /// <summary>Is the run over?</summary>
    public bool Stopped => Volatile.Read(ref _phase) == 2;

    public void StartMeasuring() => Volatile.Write(ref _phase, 1);

    public void Stop() => Volatile.Write(ref _phase, 2);

    /// <summary>Monotonic time in ticks of <see cref="Stopwatch"/>.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    public static long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * Stopwatch.Frequency);

    public static long Nanoseconds(long ticks) => (long)(ticks * (1e9 / Stopwatch.Frequency));
}
