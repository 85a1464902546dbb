using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>What an appender travels on, where it may not, and what becomes of a connection that breaks.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private static readonly ReadOnlySequence<byte> Draining = new("""{"code":"draining","retryable":true,"side_effects":"none"}"""u8.ToArray());

    private readonly ManualTimeProvider _time = new();
    private KestrelLog _log = null!;

    public async Task InitializeAsync()
    {
        _log = await KestrelLog.StartAsync(new VolatileBacking());
        await _log.CreateStreamAsync("s");
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task All_batches_of_an_appender_go_over_one_connection_and_none_as_a_request()
    {
        await using var appender = await _log.Client.OpenAppenderAsync("s", new AppenderOptions { PipelineSize = 8 });

        var acks = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => appender.AppendAsync([NewRecord.FromText($"{i}")]))).OrFail();

        acks.ShouldBe(Enumerable.Range(0, 200).Select(i => new AppendAck(i, i + 1, i + 1, Duplicate: false)), Positions);
        (_log.SessionsOpened, _log.Requests).ShouldBe((1, 0));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.UpgradeRequired)]
    [InlineData(HttpStatusCode.NotImplemented)]
    [InlineData(HttpStatusCode.BadGateway)]
    public Task Where_a_proxy_forbids_sessions_requests_do_and_nobody_asks_again_for_a_minute(HttpStatusCode status) =>
        ShouldSendRequestsAsync(context =>
        {
            context.Response.StatusCode = (int)status;
            return context.Response.WriteAsync("<html>proxy</html>");
        });

    [Fact]
    public Task Where_a_proxy_opens_what_is_no_session_requests_do() =>
        ShouldSendRequestsAsync(context => UpgradeAsync(context, "another/1", Welcome()));

    [Fact]
    public Task Where_a_session_begins_with_garbage_requests_do() =>
        ShouldSendRequestsAsync(context => UpgradeAsync(context, SessionFormat.Protocol, "HTTP/1.1 200 OK"u8.ToArray()));

    [Fact]
    public Task Where_a_session_ends_before_it_has_begun_requests_do() =>
        ShouldSendRequestsAsync(context => UpgradeAsync(context, SessionFormat.Protocol, null));

    [Fact]
    public async Task Where_a_proxy_keeps_the_welcome_to_itself_requests_do_when_the_time_is_over()
    {
        var asked = new TaskCompletionSource();
        _log.Proxy = async context =>
        {
            await UpgradeAsync(context, SessionFormat.Protocol, []);
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        };
        using var client = new LogClient(_log.Endpoint, new LogClientOptions { TimeProvider = _time });
        var opening = client.OpenAppenderAsync("s");
        await asked.Task.OrFail();

        _time.Advance(TimeSpan.FromSeconds(5));

        await using var appender = await opening.OrFail();
        (await appender.AppendAsync([NewRecord.FromText("a")]).OrFail()).Start.ShouldBe(0);
        (_log.SessionsOpened, _log.Requests).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_way_that_goes_on_forbidding_is_tried_ever_more_rarely_until_it_lets_a_session_through()
    {
        _log.Proxy = context => context.Response.WriteAsync("<html>proxy</html>");
        using var client = new LogClient(_log.Endpoint, new LogClientOptions { TimeProvider = _time });
        await using var appender = await client.OpenAppenderAsync("s");
        foreach (var (minutes, tries) in new[] { (1, 2), (1, 2), (1, 3), (3, 3), (1, 4), (1_000, 5), (15, 5), (1, 6) })
        {
            _time.Advance(TimeSpan.FromMinutes(minutes));
            await appender.AppendAsync([NewRecord.FromText("a")]).OrFail();
            _log.SessionsOpened.ShouldBe(tries, $"{minutes} minutes on");
        }

        var requests = _log.Requests;
        _log.Proxy = null;
        _time.Advance(TimeSpan.FromMinutes(32));
        await appender.AppendAsync([NewRecord.FromText("a")]).OrFail();
        (_log.SessionsOpened, _log.Requests).ShouldBe((7, requests));
    }

    [Fact]
    public async Task A_server_that_has_no_session_left_is_asked_again_with_the_next_batch()
    {
        _log.Proxy = context => RefuseAsync(context, WireErrors.Overloaded);
        await using var appender = await _log.Client.OpenAppenderAsync("s");
        await appender.AppendAsync([NewRecord.FromText("a")]).OrFail();
        await appender.AppendAsync([NewRecord.FromText("b")]).OrFail();
        _log.Requests.ShouldBe(2);
        _log.Proxy = null;

        await appender.AppendAsync([NewRecord.FromText("c")]).OrFail();

        (_log.SessionsOpened, _log.Requests).ShouldBe((4, 2));
    }

    [Fact]
    public async Task What_a_session_is_refused_for_is_told_by_the_request_that_follows()
    {
        _log.Proxy = context => RefuseAsync(context, WireErrors.Overloaded);
        await using var appender = await _log.Client.OpenAppenderAsync("s");
        _log.Proxy = null;
        await _log.DeleteStreamAsync("s");

        var failure = await Should.ThrowAsync<LogClientException>(() => appender.AppendAsync([NewRecord.FromText("a")]).OrFail());

        (failure.Code, failure.SideEffects).ShouldBe((WireErrors.StreamNotFound, CallSideEffects.None));
    }

    [Fact]
    public async Task Switched_off_nothing_but_requests_is_sent()
    {
        using var client = new LogClient(_log.Endpoint, new LogClientOptions { Sessions = false });
        await using var appender = await client.OpenAppenderAsync("s");
        await appender.AppendAsync([NewRecord.FromText("a")]).OrFail();
        (_log.SessionsOpened, _log.Requests).ShouldBe((0, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public async Task However_often_and_wherever_the_connection_is_cut_nothing_is_lost_or_doubled(int pipeline)
    {
        var random = new Random(pipeline);
        using var proxy = new CuttingProxy(_log.Endpoint, () => random.Next(600, 6_000));
        using var client = new LogClient(proxy.Address, new LogClientOptions { MinRetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5) });
        LogStreamAppender? appender = null;
        while (appender is null)
        {
            try
            {
                appender = await client.OpenAppenderAsync("s", new AppenderOptions { PipelineSize = pipeline });
            }
            catch (LogClientException e) when (e.Retryable)
            {
                // Cut before it began.
            }
        }

        const int batches = 300;
        var acks = await Task.WhenAll(Enumerable.Range(0, batches).Select(i => appender.AppendAsync([NewRecord.FromText($"{i} {new string('x', i % 97)}")]))).OrFail();

        await appender.DisposeAsync();
        proxy.Cuts.ShouldBeGreaterThan(5, "a connection that holds proves little");
        acks.Select(ack => ack.Start).ShouldBe(Enumerable.Range(0, batches).Select(i => (long)i));
        (await _log.ReadAllAsync("s")).ShouldBe(Enumerable.Range(0, batches).Select(i => $"{i} {new string('x', i % 97)}"));
    }

    [Fact]
    public async Task A_server_that_stops_in_order_answers_what_it_took_and_the_rest_goes_to_the_next_one()
    {
        await using var appender = await _log.Client.OpenAppenderAsync("s", new AppenderOptions { PipelineSize = 4 });
        var outcomes = Enumerable.Range(0, 20).Select(i => appender.AppendAsync([NewRecord.FromText($"{i}")])).ToList();
        await outcomes[^1].OrFail();

        await _log.StopAsync().OrFail();
        var next = appender.AppendAsync([NewRecord.FromText("20")]);
        await _log.RestartAsync();

        (await next.OrFail()).ShouldBe(new AppendAck(20, 21, 21, Duplicate: false));
        (_log.SessionsOpened, _log.Requests).ShouldBe((2, 0));
    }

    [Fact]
    public async Task A_batch_that_is_not_answered_in_time_may_have_been_appended_and_so_may_all_behind_it()
    {
        using var client = new LogClient(_log.Endpoint, new LogClientOptions { TimeProvider = _time, RequestTimeout = TimeSpan.FromSeconds(12) });
        await using var appender = await client.OpenAppenderAsync("s", new AppenderOptions { PipelineSize = 2, Resume = false });
        (await appender.AppendAsync([NewRecord.FromText("a")]).OrFail()).Start.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(11));
        _log.Disturbances.Stall();
        var append = appender.AppendAsync([NewRecord.FromText("b")]);
        await _log.Disturbances.StalledAsync().OrFail();

        _time.Advance(TimeSpan.FromSeconds(11));
        append.IsCompleted.ShouldBeFalse("its own time counts, not that of the batch before it");
        _time.Advance(TimeSpan.FromSeconds(1));

        var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());
        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.TimedOut, true, CallSideEffects.Possible));
        failure.Details.Status.ShouldBeNull("it was not the server that said so");
        _log.Disturbances.Flow();
    }

    [Theory]
    [InlineData("an ack that nobody waits for", 7L, SessionFrameKind.Ack)]
    [InlineData("a refusal of another batch", 7L, SessionFrameKind.Refusal)]
    [InlineData("an end that leaves a batch out", 7L, SessionFrameKind.End)]
    [InlineData("a problem that is none", 0L, SessionFrameKind.Refusal)]
    [InlineData("a second welcome", 0L, SessionFrameKind.Welcome)]
    public async Task An_answer_that_cannot_be_right_leaves_the_outcome_open(string what, long number, SessionFrameKind kind)
    {
        _log.Proxy = context => UpgradeAsync(context, SessionFormat.Protocol, Welcome(), Answer(kind, number));
        await using var appender = await _log.Client.OpenAppenderAsync("s");

        var failure = await Should.ThrowAsync<LogClientException>(() => appender.AppendAsync([NewRecord.FromText("a")]).OrFail());

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((WireErrors.Internal, false, CallSideEffects.Possible), what);
    }

    [Fact]
    public async Task A_session_that_is_ended_before_a_batch_was_looked_at_has_not_appended_it()
    {
        _log.Proxy = context => UpgradeAsync(context, SessionFormat.Protocol, Welcome(), Answer(SessionFrameKind.End, 0));
        await using var appender = await _log.Client.OpenAppenderAsync("s", new AppenderOptions { Resume = false });

        var failure = await Should.ThrowAsync<LogClientException>(() => appender.AppendAsync([NewRecord.FromText("a")]).OrFail());

        (failure.Code, failure.Retryable, failure.SideEffects, failure.Details.RetryAfter)
            .ShouldBe((WireErrors.Draining, true, CallSideEffects.None, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task A_client_that_is_disposed_ends_its_sessions_with_it()
    {
        var gone = new TaskCompletionSource();
        _log.Proxy = async context =>
        {
            try
            {
                await UpgradeAsync(context, SessionFormat.Protocol, Welcome(), []);
            }
            finally
            {
                gone.SetResult();
            }
        };
        var client = new LogClient(_log.Endpoint, new LogClientOptions { TimeProvider = _time });
        await using var appender = await client.OpenAppenderAsync("s");
        var append = appender.AppendAsync([NewRecord.FromText("a")]);

        client.Dispose();

        var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());
        failure.Code.ShouldBe(LogClientErrors.Closed);
        await gone.Task.OrFail();
    }

    private async Task ShouldSendRequestsAsync(Func<HttpContext, Task> proxy)
    {
        _log.Proxy = proxy;
        using var client = new LogClient(_log.Endpoint, new LogClientOptions { TimeProvider = _time });
        await using var appender = await client.OpenAppenderAsync("s", new AppenderOptions { PipelineSize = 1 });
        await using var other = await client.OpenAppenderAsync("s");
        for (var i = 0; i < 5; i++)
            (await appender.AppendAsync([NewRecord.FromText("a")]).OrFail()).Start.ShouldBe(i);

        (await other.AppendAsync([NewRecord.FromText("a")]).OrFail()).Start.ShouldBe(5);
        (_log.SessionsOpened, _log.Requests).ShouldBe((1, 6));

        _log.Proxy = null;
        _time.Advance(TimeSpan.FromMinutes(1));
        (await appender.AppendAsync([NewRecord.FromText("a")]).OrFail()).Start.ShouldBe(6);
        (_log.SessionsOpened, _log.Requests).ShouldBe((2, 6));
    }

    /// <summary>Answers an upgrade; then says <paramref name="first"/> and, behind the first bytes of the client, <paramref name="then"/>.</summary>
    private static async Task UpgradeAsync(HttpContext context, string protocol, byte[]? first, byte[]? then = null)
    {
        context.Response.Headers.Upgrade = protocol;
        var connection = await context.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
        if (first is null)
            return;

        await connection.WriteAsync(first);
        if (then is null)
            return;

        await connection.ReadExactlyAsync(new byte[1]);
        await connection.WriteAsync(then);
        while (await connection.ReadAsync(new byte[100]) > 0)
        {
        }
    }

    private static Task RefuseAsync(HttpContext context, string code)
    {
        context.Response.StatusCode = 503;
        context.Response.ContentType = WireMediaTypes.Problem;
        return context.Response.WriteAsync($$"""{"code":"{{code}}","retryable":true,"side_effects":"none"}""");
    }

    private static byte[] Welcome() => Written(writer => SessionWriter.WriteWelcome(writer, new SessionWelcome(1024, new string('0', 32))));

    private static byte[] Answer(SessionFrameKind kind, long number) => kind switch
    {
        SessionFrameKind.Welcome => Welcome(),
        SessionFrameKind.Ack => Written(writer => SessionWriter.WriteAck(writer, new SessionAck(number, 0, 1, 1, Duplicate: false))),
        SessionFrameKind.End => Written(writer => SessionWriter.WriteRefusal(writer, kind, new SessionRefusal(number, 2, Draining))),
        _ => Written(writer => SessionWriter.WriteRefusal(writer, kind, new SessionRefusal(number, 0, new("{}"u8.ToArray())))),
    };

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    // The tail that an ack tells may have moved on.
    private static IEqualityComparer<AppendAck> Positions => EqualityComparer<AppendAck>.Create(
        (one, other) => (one.Start, one.End, one.Duplicate) == (other.Start, other.End, other.Duplicate), ack => ack.Start.GetHashCode());
}
