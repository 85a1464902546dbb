using System.Text;
using Orleans.Log.Conformance;

namespace Orleans.Log.Grains.Tests.Following;

/// <summary>A reader that follows a stream outlives the grains that it reads from, and gives every record once.</summary>
public sealed class FollowingTests : IAsyncLifetime
{
    private static readonly StreamName Name = StreamName.Parse("followed");

    private TestLog _log = null!;
    private ILogStream _stream = null!;
    private readonly TaskCompletionSource _polled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task InitializeAsync()
    {
        // Half of it is how long Orleans holds a poll of a quiet stream, for which a grain that goes to rest waits.
        _log = await TestLog.StartAsync(
            configure: static log => log.RenewEvery = TimeSpan.FromMilliseconds(200),
            client: client => client.AddOutgoingGrainCallFilter(context =>
            {
                if (context.InterfaceName.Contains("AsyncEnumerable", StringComparison.Ordinal))
                    _polled.TrySetResult();

                return context.Invoke();
            }),
            responseTimeout: TimeSpan.FromSeconds(4));
        await _log.Log.EnsureAsync(Name, new StreamConfigPatch(), EnsureCondition.None, default);
        _stream = await _log.Log.OpenAsync(Name, default);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task It_goes_on_where_it_was_when_the_grain_goes_to_rest()
    {
        await AppendAsync("0");
        await using var follower = Follow(ReadRequest.FromLsn(0));
        (await follower.NextAsync()).ShouldBe(["0"]);

        for (var i = 1; i <= 3; i++)
        {
            var next = follower.NextAsync();
            await _log.Cluster.DeactivateAsync(_log.Cluster.Client.GetGrain<ILogStreamGrain>(Name.Value)).OrFail();
            await AppendAsync($"{i}");
            (await next).ShouldBe([$"{i}"]);
        }
    }

    [Fact]
    public async Task A_start_by_the_tail_stays_where_the_tail_was()
    {
        await AppendAsync("before");
        await using var follower = Follow(ReadRequest.LastRecords(0));
        var next = follower.NextAsync();

        // The grain goes while nothing was given yet; asked by the tail again, the record would be behind it.
        await _polled.Task.OrFail();
        await _log.Cluster.DeactivateAsync(_log.Cluster.Client.GetGrain<ILogStreamGrain>(Name.Value)).OrFail();
        await AppendAsync("after");

        (await next).ShouldBe(["after"]);
    }

    [Fact]
    public async Task It_gives_what_is_there_in_pages_and_ends_with_a_sealed_stream()
    {
        for (var i = 0; i < 5; i++)
            await AppendAsync($"{i}");
        await _stream.SealAsync(default);

        var pages = new List<string[]>();
        await foreach (var page in _log.Log.FollowAsync(Name, ReadRequest.LastRecords(4) with { MaxRecords = 3 }))
            pages.Add(Follower.Texts(page));

        pages.ShouldBe([["1", "2", "3"], ["4"]]);
    }

    [Fact]
    public async Task It_ends_before_a_record_that_is_too_late()
    {
        await AppendAsync("early", 1000);
        await AppendAsync("late", 2000);

        var texts = new List<string>();
        await foreach (var page in _log.Log.FollowAsync(Name, ReadRequest.Since(0) with { Until = 2000 }))
            texts.AddRange(Follower.Texts(page));

        texts.ShouldBe(["early"]);
    }

    [Fact]
    public async Task Follower_from_a_later_time_gives_nothing_older()
    {
        await AppendAsync("before", 1000);
        await using var follower = Follow(ReadRequest.Since(3000));
        var next = follower.NextAsync();

        await AppendAsync("still-before", 2000);
        await AppendAsync("then", 3000);

        (await next).ShouldBe(["then"]);
    }

    [Fact]
    public async Task Follower_ends_when_its_last_time_has_passed()
    {
        await AppendAsync("early", 1000);

        var texts = new List<string>();
        await foreach (var page in _log.Log.FollowAsync(Name, ReadRequest.Since(0) with { Until = 2000 }))
            texts.AddRange(Follower.Texts(page));

        texts.ShouldBe(["early"]);
    }

    [Fact]
    public async Task It_fails_when_the_next_record_is_gone()
    {
        for (var i = 0; i < 3; i++)
            await AppendAsync($"{i}");
        await _stream.TrimAsync(2, default);

        await using var follower = Follow(ReadRequest.FromLsn(0));

        (await Should.ThrowAsync<LogException>(follower.NextAsync)).Code.ShouldBe(LogErrorCode.Trimmed);
    }

    [Fact]
    public async Task It_fails_when_the_stream_is_deleted_and_takes_no_other_for_it()
    {
        await AppendAsync("0");
        await using var follower = Follow(ReadRequest.FromLsn(0));
        (await follower.NextAsync()).ShouldBe(["0"]);
        var next = follower.NextAsync();

        await _log.Log.DeleteAsync(Name, default);
        await _log.Log.EnsureAsync(Name, new StreamConfigPatch(), EnsureCondition.None, default);

        (await Should.ThrowAsync<LogException>(() => next)).Code.ShouldBe(LogErrorCode.StreamNotFound);
        (await Should.ThrowAsync<LogException>(async () => await _log.Log.FollowAsync(StreamName.Parse("nowhere"), ReadRequest.FromLsn(0)).GetAsyncEnumerator().MoveNextAsync()))
            .Code.ShouldBe(LogErrorCode.StreamNotFound);
    }

    [Fact]
    public async Task It_ends_when_its_caller_says_so()
    {
        using var stop = new CancellationTokenSource();
        await using var follower = Follow(ReadRequest.FromLsn(0), stop.Token);
        var next = follower.NextAsync();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => next);
    }

    private Follower Follow(ReadRequest request, CancellationToken stop = default) => new(_log.Log, Name, request, stop);

    private async Task AppendAsync(string text, long? timestamp = null) =>
        await _stream.AppendAsync(
            new RecordBatch(new AppendRecord(new(Encoding.UTF8.GetBytes(text)), default, timestamp)), new AppendConditions(Producer: new ProducerStamp(text, 0, 0)), default);
}
