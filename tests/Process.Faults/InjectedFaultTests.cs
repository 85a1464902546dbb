using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>
/// A loaded server whose disk calls start to fail, at many different calls. It must end within a second, acknowledge nothing that was asked for
/// after the failure, and have every record that it ever acknowledged when it starts again.
/// </summary>
public sealed class InjectedFaultTests(ITestOutputHelper output)
{
    /// <summary>Both methods of making writes durable, each with every call that it depends on.</summary>
    private static readonly (string Sync, string Call)[] Paths = [("direct", "pwrite64"), ("fdatasync", "pwrite64"), ("fdatasync", "fdatasync")];

    private static readonly string[] Errors = ["EIO", "ENOSPC"];

    public static TheoryData<string, string, string, int> WriteFaults
    {
        get
        {
            int[] calls = LongForm.Choose<int[]>([1, 5, 40], [.. Enumerable.Range(1, 200)]);
            var data = new TheoryData<string, string, string, int>();
            foreach (var (sync, call) in Paths)
            {
                foreach (var error in Errors)
                {
                    foreach (var from in calls)
                        data.Add(sync, call, error, from);
                }
            }

            return data;
        }
    }

    [StraceTheory]
    [MemberData(nameof(WriteFaults))]
    public async Task When_a_write_or_flush_fails_the_process_ends_and_nothing_acknowledged_is_lost(string sync, string call, string error, int from)
    {
        using var run = await FaultRun.PrepareAsync(sync);

        await run.LoadUntilTheEndAsync(call, error, from);

        var outcome = run.Outcome;
        outcome.Injected.ShouldBeGreaterThan(0, "the load must reach the failing call");
        (outcome.End!.Value - outcome.FirstFailure!.Value).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        outcome.Injected.ShouldBeLessThanOrEqualTo(FaultRun.IoDepth + 1, "what was in flight may fail too; nothing is tried again");
        run.AcknowledgedAfter(outcome.FirstFailure.Value).ShouldBe(0, "what was asked for after the failure must not be acknowledged");
        output.WriteLine($"{run.Acknowledged} acknowledged before, ended {(outcome.End.Value - outcome.FirstFailure.Value).TotalMilliseconds:F0} ms after the failure");
        await run.VerifyAfterRestartAsync();
    }

    /// <summary>
    /// .NET's own flush calls fsync and, on Linux, reports success whatever it answers. Here fsync and fdatasync both fail: a server that
    /// used the former would go on acknowledging, and this test would find it alive.
    /// </summary>
    [StraceTheory]
    [InlineData(20)]
    [InlineData(60)]
    public async Task A_flush_that_fails_is_seen_as_one_whichever_call_makes_it(int from)
    {
        using var run = await FaultRun.PrepareAsync("fdatasync");

        await run.LoadUntilTheEndAsync("fsync,fdatasync", "EIO", from);

        run.Outcome.Injected.ShouldBeGreaterThan(0);
        run.AcknowledgedAfter(run.Outcome.FirstFailure!.Value).ShouldBe(0);
        await run.VerifyAfterRestartAsync();
    }
}
