using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// A client that keeps a fixed number of batches outstanding and sends the next one when the oldest is answered. Shows what the
/// system can take; its latencies say nothing about a load that does not wait (that is <see cref="OpenLoop"/>).
/// </summary>
internal static class ClosedLoop
{
    // Long enough for the system to use its processors for what it is behind with instead of for refusing.
    private static readonly TimeSpan RefusalPause = TimeSpan.FromMilliseconds(1);

    [SuppressMessage("Reliability", "CA2012", Justification = "The ring holds each task once and awaits it once; a Task each would allocate.")]
    public static async Task RunAsync(IBenchClient client, int outstanding, BenchClock clock, BenchTally tally)
    {
        var ring = new ValueTask<AppendResult>[outstanding];
        var started = new long[outstanding];
        long oldest = 0, next = 0;
        while (!clock.Stopped || oldest < next)
        {
            for (; !clock.Stopped && next - oldest < outstanding; next++)
            {
                started[next % outstanding] = BenchClock.Now;
                ring[next % outstanding] = client.AppendAsync();
            }

            // The oldest is waited for; whatever is there already behind it is taken along, and with the same reading of the clock.
            var refused = false;
            var now = 0L;
            while (oldest < next)
            {
                var slot = oldest++ % outstanding;
                try
                {
                    await ring[slot];
                    if (now == 0)
                        now = BenchClock.Now;

                    if (clock.Measuring)
                        tally.AcknowledgedAlone(started[slot], now);
                }
                catch (Exception refusal) when (client.IsRefusal(refusal))
                {
                    refused = true;
                    if (clock.Measuring)
                        tally.RefusedOne();
                }

                if (oldest < next && !ring[oldest % outstanding].IsCompleted)
                    break;
            }

            if (refused)
                await Task.Delay(RefusalPause);
        }
    }
}
