using System.Diagnostics;

namespace Orleans.Log.Benchmarks;

/// <summary>What a piece of work took: by the clock, and of the processors by this whole process.</summary>
internal readonly record struct Cost(TimeSpan Elapsed, TimeSpan Processor)
{
    public static async Task<Cost> OfAsync(Func<Task> work)
    {
        var (begun, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await work();
        return new Cost(Stopwatch.GetElapsedTime(begun), Environment.CpuUsage.TotalTime - cpu);
    }
}
