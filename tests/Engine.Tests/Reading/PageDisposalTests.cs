using System.Reflection;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Reading;

/// <summary>What pages owe the pools that their memory comes from.</summary>
public sealed class PageDisposalTests
{
    private const int Disposers = 3;
    private const int Pages = 5_000_000;

    // Straight to the method itself: inlined into its caller it gets other registers, and what this looks for may hide.
    private static readonly Action<WalReadPage, bool> Dispose =
        typeof(WalReadPage).GetMethod("Dispose", BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Action<WalReadPage, bool>>();

    /// <summary>
    /// If what a page rented is taken from it by Interlocked.Exchange(ref field, null), a collection between that and the next use frees it
    /// (dotnet/runtime#133843), and in about half of the runs of an optimized build the process ends here. The build refuses it always.
    /// </summary>
    [Fact]
    public void What_a_page_rented_outlives_a_collection_in_the_middle_of_its_disposal()
    {
        var disposers = Enumerable.Range(0, Disposers).Select(_ => new Thread(DisposeMany)).ToArray();
        foreach (var disposer in disposers)
            disposer.Start();

        var garbage = new object[1_000];
        for (var i = 0; disposers.Any(disposer => disposer.IsAlive); i = (i + 1) % garbage.Length)
            garbage[i] = new byte[500];
    }

    [Fact]
    public void A_page_that_is_disposed_twice_gives_its_memory_back_once()
    {
        var page = BuildOne();
        page.Dispose();
        using var next = BuildOne();
        page.Dispose();
        using var last = BuildOne();

        next.Records.Span[0].Payload.Span.Overlaps(last.Records.Span[0].Payload.Span).ShouldBeFalse();
        page.Records.Length.ShouldBe(0);
    }

    private static void DisposeMany()
    {
        for (var i = 0; i < Pages; i++)
            Dispose(new PageBuilder().Build(0, default), true);
    }

    private static WalReadPage BuildOne()
    {
        var builder = new PageBuilder();
        var frames = new AppendFrames(
            new WalEntry(WalEntryType.Append, WalEntryFlags.None, new StreamId(1), Term: 1, Generation: 0, Count: 1, Lsn: 7, Entry: 1, Timestamp: 0),
            [4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
        frames.MoveNext().ShouldBeTrue();
        builder.Add(frames, ReadSource.Wal);
        return builder.Build(8, default);
    }
}
