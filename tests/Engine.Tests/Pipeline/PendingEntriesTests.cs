using System.Buffers;
using System.Diagnostics.Tracing;
using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine.Tests.Pipeline;

public class PendingEntriesTests
{
    [Fact]
    public void An_entry_that_is_alone_takes_no_ring_and_one_that_is_not_does()
    {
        using var rents = new RentedRings();
        var entries = default(PendingEntries);
        for (var entry = 1L; entry <= 1_000; entry++)
        {
            entries.At(entry).Tail = entry * 10;
            entries.TryTake(entry, out var taken).ShouldBeTrue();
            taken.Tail.ShouldBe(entry * 10);
        }

        rents.Count.ShouldBe(0, "An append that is waited for before the next is made takes nothing from the pool.");
        entries.At(1_001).Tail = 1;
        entries.At(1_002).Tail = 2;
        rents.Count.ShouldBe(1);
    }

    [Fact]
    public void Entries_come_out_in_order_as_they_went_in_however_many_are_there()
    {
        var entries = default(PendingEntries);
        long added = 0, taken = 0;
        foreach (var (add, take) in new[] { (1, 0), (1, 1), (40, 41), (1, 1), (3, 2), (100, 101) })
        {
            for (var i = 0; i < add; i++)
                entries.At(++added).Tail = added * 10;

            for (var i = 0; i < take; i++)
            {
                entries.TryTake(added, out var entry).ShouldBeTrue();
                entry.Tail.ShouldBe(++taken * 10);
            }

            entries.TryTake(taken, out _).ShouldBeFalse("What is left is above that.");
        }

        entries.TryTake(long.MaxValue, out _).ShouldBeFalse();
    }

    [Fact]
    public void Entries_before_a_new_one_that_have_no_slot_yet_come_out_empty()
    {
        var entries = default(PendingEntries);
        entries.At(5).Tail = 50;
        entries.At(8).Tail = 80;
        foreach (var tail in new[] { 50, 0, 0, 80 })
        {
            entries.TryTake(8, out var entry).ShouldBeTrue();
            entry.Tail.ShouldBe(tail);
        }
    }

    // The runtime's own account of its pools; only that of the rings.
    private sealed class RentedRings : EventListener
    {
        private const int BufferRented = 1;
        private readonly int _pool = ArrayPool<PendingEntry>.Shared.GetHashCode();

        public int Count { get; private set; }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
                EnableEvents(eventSource, EventLevel.Verbose);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventId == BufferRented && (int)eventData.Payload![2]! == _pool)
                Count++;
        }
    }
}
