using Orleans.Log.Api.Contracts;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;
using static Orleans.Log.Client.Tests.Http.ScriptedHandler;

namespace Orleans.Log.Client.Tests.Http;

public sealed class FollowingTests
{
    private static readonly Uri Address = new("http://log.test:5075");

    [Fact]
    public async Task A_follower_goes_on_behind_the_last_record_and_ends_with_a_sealed_stream()
    {
        using var handler = new ScriptedHandler(Page(0, 3), Page(3, 3), Page(3, 5, isSealed: true));

        (await FollowAsync(handler, ReadStart.AtLsn(0))).ShouldBe([0, 1, 2, 3, 4]);

        handler.Asked.ShouldBe([
            "GET /v1/streams/s/records?from=0&wait=30",
            "GET /v1/streams/s/records?from=3&wait=30&stream_id=one",
            "GET /v1/streams/s/records?from=3&wait=30&stream_id=one",
        ]);
    }

    [Fact]
    public async Task After_every_kind_of_interruption_it_resumes_exactly_where_it_was()
    {
        using var handler = new ScriptedHandler(
            Page(0, 2),
            Broken(HttpRequestError.ResponseEnded),
            Broken(HttpRequestError.ConnectionError),
            Page(2, 3),
            Problem(new ProblemBody { Status = 503, Code = WireErrors.Draining, Retryable = true, SideEffects = "none" }),
            Problem(new ProblemBody { Status = 503, Code = WireErrors.StoreUnavailable, Retryable = true, SideEffects = "none" }),
            () => new HttpResponseMessage(System.Net.HttpStatusCode.BadGateway),
            Page(3, 4, isSealed: true));

        (await FollowAsync(handler, ReadStart.AtLsn(0))).ShouldBe([0, 1, 2, 3]);

        handler.Asked.Select(asked => asked.Replace("&stream_id=one", "", StringComparison.Ordinal)[^11..]).ShouldBe(
            ["m=0&wait=30", "m=2&wait=30", "m=2&wait=30", "m=2&wait=30", "m=3&wait=30", "m=3&wait=30", "m=3&wait=30", "m=3&wait=30"]);
    }

    [Fact]
    public async Task Starting_at_a_time_or_near_the_tail_it_goes_on_by_position()
    {
        using var handler = new ScriptedHandler(Page(7, 7), Page(7, 9, isSealed: true));

        (await FollowAsync(handler, ReadStart.Last(0))).ShouldBe([7, 8]);

        handler.Asked.ShouldBe(["GET /v1/streams/s/records?last=0&wait=30", "GET /v1/streams/s/records?from=7&wait=30&stream_id=one"]);
    }

    [Fact]
    public async Task Trimmed_ahead_of_it_it_ends_with_the_head()
    {
        var trimmed = new ProblemBody { Status = 410, Code = WireErrors.Trimmed, SideEffects = "none", Head = 40 };
        using var handler = new ScriptedHandler(Page(0, 2), Problem(trimmed));

        var failure = await Should.ThrowAsync<LogClientException>(() => FollowAsync(handler, ReadStart.AtLsn(0)));

        failure.Code.ShouldBe(WireErrors.Trimmed);
        failure.Details.Head.ShouldBe(40);
    }

    [Fact]
    public async Task Deleted_under_it_it_ends()
    {
        var gone = new ProblemBody { Status = 404, Code = WireErrors.StreamNotFound, SideEffects = "none" };
        using var handler = new ScriptedHandler(Page(0, 2), Problem(gone));

        var failure = await Should.ThrowAsync<LogClientException>(() => FollowAsync(handler, ReadStart.AtLsn(0)));

        failure.Code.ShouldBe(WireErrors.StreamNotFound);
    }

    [Fact]
    public async Task Another_stream_under_the_same_name_is_not_taken_for_the_old_one()
    {
        using var handler = new ScriptedHandler(Page(0, 2), Page(2, 4, id: "two"));
        using var backwards = new ScriptedHandler(Page(5, 9), Page(9, 9, tail: 3));

        var byId = await Should.ThrowAsync<LogClientException>(() => FollowAsync(handler, ReadStart.AtLsn(0)));
        var byTail = await Should.ThrowAsync<LogClientException>(() => FollowAsync(backwards, ReadStart.AtLsn(5)));

        byId.Code.ShouldBe(LogClientErrors.StreamReplaced);
        byTail.Code.ShouldBe(LogClientErrors.StreamReplaced);
    }

    [Fact]
    public async Task Follower_whose_stream_was_recreated_ends_with_that_error()
    {
        var other = new ProblemBody { Status = 404, Code = WireErrors.StreamNotFound, Reason = WireReasons.OtherStream, SideEffects = "none" };
        using var handler = new ScriptedHandler(Page(0, 2), Problem(other));

        var failure = await Should.ThrowAsync<LogClientException>(() => FollowAsync(handler, ReadStart.AtLsn(0)));

        (failure.Code, failure.Retryable).ShouldBe((LogClientErrors.StreamReplaced, false));
    }

    [Fact]
    public async Task Follower_from_a_later_time_asks_by_it_until_a_record_comes()
    {
        using var handler = new ScriptedHandler(Page(7, 7), Broken(HttpRequestError.ResponseEnded), Page(8, 8), Page(10, 12), Page(12, 13, isSealed: true));

        (await FollowAsync(handler, ReadStart.Since(5))).ShouldBe([10, 11, 12]);

        handler.Asked.ShouldBe([
            "GET /v1/streams/s/records?since=5&wait=30",
            "GET /v1/streams/s/records?since=5&wait=30&stream_id=one",
            "GET /v1/streams/s/records?since=5&wait=30&stream_id=one",
            "GET /v1/streams/s/records?since=5&wait=30&stream_id=one",
            "GET /v1/streams/s/records?from=12&wait=30&stream_id=one",
        ]);
    }

    [Fact]
    public async Task Follower_with_a_clamp_passes_over_what_was_trimmed()
    {
        using var handler = new ScriptedHandler(Page(0, 2), Page(5, 6, isSealed: true));
        using var repeating = new ScriptedHandler(Page(0, 2), Page(1, 3));
        var clamp = new ReadOptions { Clamp = true };

        (await FollowAsync(handler, ReadStart.Head, bounds: clamp)).ShouldBe([0, 1, 5]);

        handler.Asked.ShouldBe(["GET /v1/streams/s/records?wait=30&clamp=true", "GET /v1/streams/s/records?from=2&wait=30&clamp=true&stream_id=one"]);
        (await Should.ThrowAsync<LogClientException>(() => FollowAsync(repeating, ReadStart.Head, bounds: clamp))).Code.ShouldBe(WireErrors.Internal);
    }

    [Fact]
    public async Task A_server_that_skips_or_repeats_is_caught()
    {
        using var skipping = new ScriptedHandler(Page(0, 2), Page(3, 5));
        using var repeating = new ScriptedHandler(Page(0, 2), Page(1, 3));

        (await Should.ThrowAsync<LogClientException>(() => FollowAsync(skipping, ReadStart.AtLsn(0)))).Code.ShouldBe(WireErrors.Internal);
        (await Should.ThrowAsync<LogClientException>(() => FollowAsync(repeating, ReadStart.AtLsn(0)))).Code.ShouldBe(WireErrors.Internal);
    }

    [Fact]
    public async Task A_server_that_was_never_there_is_not_waited_for()
    {
        using var handler = new ScriptedHandler(Broken(HttpRequestError.ConnectionError));

        (await Should.ThrowAsync<LogClientException>(() => FollowAsync(handler, ReadStart.AtLsn(0)))).Code.ShouldBe(LogClientErrors.Unreachable);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_at_the_tail()
    {
        using var handler = new ScriptedHandler(Page(0, 2));
        using var cancel = new CancellationTokenSource();

        var following = FollowAsync(handler, ReadStart.AtLsn(0), cancellationToken: cancel.Token);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => following.OrFail());
    }

    [Fact]
    public async Task Pauses_grow_are_spread_and_respect_what_the_server_asks()
    {
        var time = new ManualTimeProvider();
        var busy = new ProblemBody { Status = 503, Code = WireErrors.Overloaded, Retryable = true, SideEffects = "none" };
        using var handler = new ScriptedHandler(
            Page(0, 1),
            Broken(HttpRequestError.ResponseEnded),
            Broken(HttpRequestError.ResponseEnded),
            Problem(busy, TimeSpan.FromSeconds(3)),
            Page(1, 2, isSealed: true));
        var options = new LogClientOptions { Handler = handler, TimeProvider = time, Random = () => 0.5, MinRetryDelay = TimeSpan.FromMilliseconds(100) };

        var following = FollowAsync(handler, ReadStart.AtLsn(0), options);

        foreach (var milliseconds in new[] { 75, 150, 3000 })
        {
            await time.TimerArmedAsync(TimeSpan.FromMilliseconds(milliseconds)).OrFail();
            time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        }

        (await following.OrFail()).ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_listing_is_fetched_page_by_page()
    {
        static StreamBody Stream(string name) => new() { Name = name, Id = "0", Config = new StreamConfigBody() };
        using var handler = new ScriptedHandler(
            Json(new StreamListBody { Streams = [Stream("a"), Stream("b")], HasMore = true, NextAfter = "b" }),
            Json(new StreamListBody { Streams = [Stream("c")] }));
        using var client = new LogClient(Address, new LogClientOptions { Handler = handler });

        var names = new List<string>();
        await foreach (var stream in client.ListStreamsAsync("x:"))
            names.Add(stream.Name);

        names.ShouldBe(["a", "b", "c"]);
        handler.Asked.ShouldBe(["GET /v1/streams?limit=200&prefix=x%3A", "GET /v1/streams?limit=200&prefix=x%3A&after=b"]);
    }

    private static Func<HttpResponseMessage> Json(StreamListBody body) =>
        () => new HttpResponseMessage { Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(body, WireJson.Default.StreamListBody)) };

    private static async Task<List<long>> FollowAsync(
        ScriptedHandler handler,
        ReadStart start,
        LogClientOptions? options = null,
        ReadOptions? bounds = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new LogClientOptions { Handler = handler, MinRetryDelay = TimeSpan.FromTicks(1), MaxRetryDelay = TimeSpan.FromTicks(1) };
        using var client = new LogClient(Address, options);
        var lsns = new List<long>();
        await foreach (var record in client.FollowAsync("s", start, bounds, cancellationToken))
        {
            record.Text.ShouldBe($"{record.Lsn}");
            lsns.Add(record.Lsn);
        }

        return lsns;
    }
}
