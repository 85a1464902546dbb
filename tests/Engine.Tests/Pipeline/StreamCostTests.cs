using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Engine.Tests.Wal;
using Orleans.Log.Engine.Wal;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Tests.Pipeline;

/// <summary>What a stream and an append cost in memory, on the real log.</summary>
public sealed class StreamCostTests(ITestOutputHelper output)
{
    private const int Streams = 10_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_append_allocates_nothing_once_the_pools_are_warm(bool stamped)
    {
        var options = WalFixture.Options(threads: false);
        options.CacheBytes = 0;
        options.FileSizeMiB = 8;
        using var wal = WalFixture.Open(new SimulatedDisk(), options);
        var stream = new StreamPipeline(new StreamId(7), StreamConfig.Default, new StreamNode(default, wal, TimeProvider.System, new StreamBounds()));
        var opening = stream.OpenAsync(default);
        Complete(wal);
        opening.AsTask().Wait(TimeSpan.FromSeconds(10)).ShouldBeTrue();

        const int Batch = 10;
        var payload = new byte[100];
        var calls = new ValueTask<AppendResult>[Batch];
        var sequence = 0L;
        var allocated = long.MaxValue;
        const int Appends = 5_000;

        // The least of all rounds: the array of the index doubles in one or the other, which of them depends on how fast they go.
        for (var round = 0; round < 4; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Appends; i += Batch)
            {
                for (var k = 0; k < Batch; k++)
                {
                    var conditions = stamped ? new AppendConditions(Producer: new ProducerStamp("p", 0, sequence++)) : default;
                    calls[k] = stream.AppendAsync(new RecordBatch(payload), conditions, default);
                }

                Complete(wal);
                foreach (var call in calls)
                    call.Result.Duplicate.ShouldBeFalse();
            }

            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        output.WriteLine($"{(double)allocated / Appends:F2} bytes an append");
        allocated.ShouldBeLessThanOrEqualTo(Appends, "That is one byte an append: the index, which grows with the log, and nothing else.");
    }

    [Fact]
    public async Task Ten_thousand_idle_streams_cost_at_most_four_KiB_each_and_no_file_timer_or_task()
    {
        var directory = Directory.CreateTempSubdirectory("orleans-log-streams-");
        try
        {
            await using var bench = new NodeBench();
            bench.Options.Wal.CacheBytes = 0;
            var node = await bench.StartAsync(HostDisk.Open(directory.FullName));
            (await bench.CreateAsync("warm")).ShouldNotBeNull();
            var (files, before) = (OpenFiles(), GC.GetTotalMemory(forceFullCollection: true));
            await Parallel.ForAsync(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
            {
                var stream = await bench.CreateAsync($"stream-{i:D5}");
                for (var k = 0; k < 3; k++)
                    await stream.Append("a record of an ordinary length, so to say", new AppendConditions(Producer: new ProducerStamp("writer", 0, k)));
            });

            var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Streams;
            output.WriteLine($"{each} bytes a stream; {OpenFiles() - files} more open files; {Timer.ActiveCount} timers");
            each.ShouldBeLessThanOrEqualTo(4096);
            (OpenFiles() - files).ShouldBeLessThan(100, "The log's own files, but none of a stream.");
            Timer.ActiveCount.ShouldBeLessThan(100);
            GC.KeepAlive(node);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static int OpenFiles() => OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0;

    // Completion as a writer's thread does it, without the disk, whose memory is not the log's.
    private static void Complete(WriteAheadLog wal)
    {
        while (wal.Sequencer.TryTakeBlock(out var block))
            wal.Sequencer.OnWritten(block);
    }
}
