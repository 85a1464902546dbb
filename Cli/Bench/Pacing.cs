using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// Waits for a moment more exactly than the runtime's timers, which count milliseconds: at 10,000 operations a second they would send
/// ten at once and the burst would be measured instead of the system. Spinning would take one core from what is measured.
/// </summary>
internal static partial class Pacing
{
    /// <summary>Blocks the calling thread until then; returns at once if it is past.</summary>
    public static void WaitUntil(long timestamp)
    {
        for (var left = timestamp - BenchClock.Now; left > 0; left = timestamp - BenchClock.Now)
        {
            var nanoseconds = BenchClock.Nanoseconds(left);
            if (OperatingSystem.IsLinux())
            {
                var time = new TimeSpec { Seconds = (nint)(nanoseconds / 1_000_000_000), Nanoseconds = (nint)(nanoseconds % 1_000_000_000) };
                _ = NanoSleep(in time, 0);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
