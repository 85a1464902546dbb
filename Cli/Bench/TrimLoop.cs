namespace Orleans.Log.Cli.Bench;

/// <summary>
/// Trims the streams of a run ten times a second, so that the log stays as large as <see cref="BenchOptions.KeepBytes"/> says: the steady state of a log with retention, whose files are used again.
/// </summary>
internal static class TrimLoop
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs until the clock stops, and trims once more then. Whatever fails ends the run.</summary>
    public static async Task RunAsync(IBenchTarget target, BenchOptions options, BenchClock clock, TimeProvider time, CancellationToken cancellationToken)
    {
        var keep = Math.Max(1, options.KeepBytes!.Value / options.Streams / Math.Max(1, options.RecordBytes));
        bool last;
        do
        {
            await Task.Delay(Pause, time, cancellationToken);
            last = clock.Stopped;
            for (var i = 0; i < options.Streams; i++)
                await target.TrimAsync(i, keep, cancellationToken);
        }
        while (!last);
    }
}
