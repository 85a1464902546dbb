using Orleans.Log.Client;
using Orleans.Log.Conformance;

namespace Orleans.Log.Appending.Tests;

public sealed class AppenderPoolTests : IAsyncLifetime
{
    private static readonly NewRecord[] Batch = [NewRecord.FromText("x")];

    private DirectLog _log = null!;
    private AppenderPool _pool = null!;

    public async Task InitializeAsync()
    {
        _log = new DirectLog();
        await _log.CreateStreamAsync("a");
        await _log.CreateStreamAsync("b");
        _pool = new AppenderPool(_log);
    }

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_that_does_not_exist_has_no_appender_until_it_does()
    {
        (await Should.ThrowAsync<LogClientException>(() => _pool.GetAsync("c"))).Code.ShouldBe("stream_not_found");

        await _log.CreateStreamAsync("c");

        (await (await _pool.GetAsync("c")).AppendAsync(Batch).OrFail()).Start.ShouldBe(0);
    }

    [Fact]
    public async Task All_callers_share_one_appender_per_stream()
    {
        var shared = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _pool.GetAsync("a"))).OrFail();

        shared.Distinct().Count().ShouldBe(1);
        (await _pool.GetAsync("b")).ShouldNotBe(shared[0]);
        (await Task.WhenAll(shared.Select(appender => appender.AppendAsync(Batch))).OrFail()).Select(ack => ack.Start)
            .ShouldBe(Enumerable.Range(0, 20).Select(i => (long)i));
    }

    [Fact]
    public async Task Closed_by_one_it_is_closed_for_all_and_the_next_who_asks_gets_a_new_one()
    {
        var mine = await _pool.GetAsync("a");
        var yours = await _pool.GetAsync("a");

        mine.Close();

        (await Should.ThrowAsync<LogClientException>(() => yours.AppendAsync(Batch))).Code.ShouldBe("closed");
        var fresh = await _pool.GetAsync("a");
        fresh.ShouldNotBe(mine);
        (await fresh.AppendAsync(Batch).OrFail()).Start.ShouldBe(0);
        mine.Close();
        (await _pool.GetAsync("a")).ShouldBe(fresh, "closing the old one again does not cost the new one");
    }

    [Fact]
    public async Task A_faulted_appender_is_replaced()
    {
        await _log.FenceAsync("a", "theirs");
        var fenced = await _pool.GetAsync("a");
        (await Should.ThrowAsync<LogClientException>(() => fenced.AppendAsync(Batch).OrFail())).Code.ShouldBe("fenced");
        await _log.FenceAsync("a", string.Empty);

        (await (await _pool.GetAsync("a")).AppendAsync(Batch).OrFail()).Start.ShouldBe(0);
    }

    [Fact]
    public async Task Any_gives_a_stream_that_can_be_appended_to()
    {
        await _log.SealAsync("b");

        for (var i = 0; i < 10; i++)
            (await _pool.AnyAsync(["nowhere", "b", "a"])).Stream.ShouldBe("a");

        (await Should.ThrowAsync<LogClientException>(() => _pool.AnyAsync(["nowhere", "b"]))).Code.ShouldBe("stream_not_found");
        (await Should.ThrowAsync<LogClientException>(() => _pool.AnyAsync([]))).Code.ShouldBe("stream_not_found");
    }

    [Fact]
    public async Task Cleared_it_closes_its_appenders_and_works_on()
    {
        var old = await _pool.GetAsync("a");

        await _pool.ClearAsync().OrFail();

        old.State.ShouldBe(AppenderState.Closed);
        (await (await _pool.GetAsync("a")).AppendAsync(Batch).OrFail()).Start.ShouldBe(0);
    }

    [Fact]
    public void Appenders_of_a_pool_cannot_share_a_producer() =>
        Should.Throw<ArgumentException>(() => new AppenderPool(_log, new AppenderOptions { ProducerId = "one" }));
}
