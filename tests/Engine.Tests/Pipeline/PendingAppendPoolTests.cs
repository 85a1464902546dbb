using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine.Tests.Pipeline;

public class PendingAppendPoolTests
{
    [Fact]
    public void What_one_thread_takes_back_another_one_uses()
    {
        var lent = Enumerable.Range(0, 1_000).Select(_ => PendingAppendPool.Rent()).ToHashSet();
        lent.Count.ShouldBe(1_000, "Nothing is lent twice.");

        var other = new Thread(() =>
        {
            foreach (var op in lent)
                PendingAppendPool.Return(op);
        });
        other.Start();
        other.Join();

        var again = Enumerable.Range(0, 500).Select(_ => PendingAppendPool.Rent()).ToHashSet();
        again.Count.ShouldBe(500);
        again.Count(lent.Contains).ShouldBeGreaterThan(400, "All but what the other thread keeps for itself.");
    }
}
