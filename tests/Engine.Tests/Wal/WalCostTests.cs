using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

public sealed class WalCostTests
{
    [Fact]
    public void An_append_and_its_completion_allocate_nothing_once_pools_are_warm()
    {
        var options = WalFixture.Options(threads: false);
        options.CacheBytes = 0;
        using var wal = WalFixture.Open(new SimulatedDisk(), options);
        var subscriber = new Quiet();
        var body = new byte[100];
        var entry = 0;
        var allocated = 0L;
        for (var round = 0; round < 4; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 500; i++)
            {
                Append(wal, subscriber, body, ++entry);
                if (i % 10 == 0)
                    Complete(wal);
            }

            Complete(wal);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        allocated.ShouldBe(0);
        subscriber.Durable.ShouldBe(entry);
    }

    [Fact]
    public void A_thousand_cursors_at_the_tail_share_the_memory_of_the_log()
    {
        using var wal = WalFixture.Open(new SimulatedDisk(), WalFixture.Options(threads: false));
        wal.Add(1, 1, new byte[1000]);
        wal.Pump();
        var cursors = Enumerable.Range(0, 1000).Select(_ => wal.OpenCursor(WalPosition.None)).ToList();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = 0;
        foreach (var cursor in cursors)
        {
            while (cursor.MoveNext())
                read += cursor.Body.Length;
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1000 * 16);
        read.ShouldBe(1000 * 1000);
        cursors.ForEach(cursor => cursor.Dispose());
    }

    [Fact]
    public void Flushes_and_size_are_measured()
    {
        using var meter = new Meter("test");
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter == meter) l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = seen.GetValueOrDefault(instrument.Name) + value);
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => seen[instrument.Name] = seen.GetValueOrDefault(instrument.Name) + 1);
        listener.Start();

        var host = new WalHost(TimeProvider.System, NullLogger.Instance, _ => { }, meter);
        using var wal = WriteAheadLog.Open(new SimulatedDisk(), WalFixture.Options(threads: false), new Recorded(), host);
        wal.Add(1, 1, new byte[1000]);
        wal.Pump();
        wal.Add(1, 2, new byte[1000]);
        listener.RecordObservableInstruments();

        seen["orleans_log.wal.blocks"].ShouldBe(1);
        seen["orleans_log.wal.written"].ShouldBe(4096);
        seen["orleans_log.wal.size"].ShouldBe(1024 * 1024);
        seen["orleans_log.wal.in_flight"].ShouldBe(1000);
        wal.Pump();
    }

    private static void Append(WriteAheadLog wal, Quiet subscriber, byte[] body, int entry)
    {
        wal.TryAdmit(body.Length, WalClass.Append);
        wal.Append(WalFixture.Entry(1, entry), new Bytes(body), subscriber);
    }

    // Completion as a writer's thread does it, without the disk, whose memory is not the WAL's.
    private static void Complete(WriteAheadLog wal)
    {
        while (wal.Sequencer.TryTakeBlock(out var block))
            wal.Sequencer.OnWritten(block);
    }

    private sealed class Quiet : IWalSubscriber
    {
        private WalSlot _slot;

        public ref WalSlot Slot => ref _slot;

        public long Durable { get; private set; }

        public void OnDurable(long entry) => Durable = entry;

        public void OnFailed(Exception error)
        {
        }
    }
}
