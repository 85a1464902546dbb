using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Cli.Tests;

public class LatencyHistogramTests
{
    [Fact]
    public void Without_samples_everything_is_zero()
    {
        var histogram = new LatencyHistogram();
        histogram.Count.ShouldBe(0);
        histogram.Max.ShouldBe(0);
        histogram.Mean.ShouldBe(0);
        histogram.Percentile(0.99).ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(12_345)]
    [InlineData(999_999_999)]
    [InlineData(long.MaxValue)]
    public void A_value_comes_back_as_the_maximum_exactly(long value)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(value);
        histogram.Max.ShouldBe(value);
        histogram.Percentile(0.5).ShouldBe(value);
        histogram.Percentile(1).ShouldBe(value);
    }

    [Fact]
    public void Percentiles_of_any_distribution_are_never_below_the_true_ones_and_at_most_a_64th_above()
    {
        var random = new Random(17);
        var values = Enumerable.Range(0, 100_000).Select(_ => (long)Math.Exp(random.NextDouble() * 25)).ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values)
            histogram.Record(value);

        Array.Sort(values);
        foreach (var quantile in new[] { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = values[(int)Math.Ceiling(values.Length * quantile) - 1];
            histogram.Percentile(quantile).ShouldBeInRange(exact, exact + (exact / 64) + 1);
        }
    }

    [Fact]
    public void Two_histograms_add_up()
    {
        var (one, other) = (new LatencyHistogram(), new LatencyHistogram());
        for (var i = 1; i <= 50; i++)
            one.Record(i);
        for (var i = 51; i <= 100; i++)
            other.RecordShared(i);

        one.Add(other);
        one.Count.ShouldBe(100);
        one.Mean.ShouldBe(50.5);
        one.Max.ShouldBe(100);
        one.Percentile(0.25).ShouldBe(25);
    }

    [Fact]
    public async Task Samples_of_several_threads_are_all_counted()
    {
        var histogram = new LatencyHistogram();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 25_000; i++)
                histogram.RecordShared((thread * 25_000) + i);
        })));

        histogram.Count.ShouldBe(100_000);
        histogram.Max.ShouldBe(99_999);
    }

    [Fact]
    public void A_sample_allocates_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(1);
        histogram.RecordShared(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            histogram.Record(i);
            histogram.RecordShared(i);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
