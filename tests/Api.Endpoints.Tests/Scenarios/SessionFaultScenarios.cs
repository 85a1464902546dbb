using System.Buffers;
using System.Buffers.Binary;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Appender sessions whose callers do not keep to the rules, or do not come back.</summary>
public abstract class SessionFaultScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private const string Session = Stream + "/session";

    private static readonly int Rounds = Environment.GetEnvironmentVariable("ORLEANS_LOG_LONG") == "1" ? 3_000 : 150;

    protected override void Configure(OrleansLogEndpointOptions options)
    {
        options.RequestBodyBytes = 16 * 1024 * 1024;
        options.AllowedOrigins.Add("https://friend.example");
        options.AllowedHosts.Add("127.0.0.1");
    }

    [Theory]
    [InlineData(426, "Upgrade", "websocket")]
    [InlineData(400, "Producer-Id", "p")]
    [InlineData(400, "Producer-Epoch", "0")]
    [InlineData(400, "Producer-Seq", "0")]
    [InlineData(400, "If-Match", "\"0\"")]
    [InlineData(413, "Log-Fencing-Token", "0123456789012345678901234567890123456789012345678901234567890123456789")]
    [InlineData(403, "Origin", "https://stranger.example")]
    [InlineData(101, "Origin", "https://friend.example")]
    public async Task What_is_wrong_with_the_request_is_a_plain_problem(int status, string header, string value)
    {
        await using var session = await RawSession.OpenAsync(Server, Session, (header, value));
        session.Status.ShouldBe(status);
    }

    [Theory]
    [InlineData(404, "/v1/streams/none/session")]
    [InlineData(400, "/v1/streams/.bad/session")]
    [InlineData(400, Session + "?from=1")]
    public async Task A_session_is_of_a_stream_that_is_there(int status, string path)
    {
        await using var session = await RawSession.OpenAsync(Server, path);
        session.Status.ShouldBe(status);
    }

    [Fact]
    public async Task Without_an_upgrade_the_path_says_what_it_takes()
    {
        var reply = await Server.GetAsync(Session);
        reply.ShouldBeProblem(426, "bad_request").GetProperty("reason").GetString().ShouldBe("upgrade_required");
        reply.Headers["Upgrade"].ShouldBe(SessionFormat.Protocol);
        (await Server.GetAsync(Session, ("Host", "evil.example"))).ShouldBeProblem(400, "bad_request").GetProperty("reason").GetString().ShouldBe("host");
    }

    [Theory]
    [InlineData("an unknown kind", 4, 9u, "bad_request")]
    [InlineData("a kind of the other direction", 4, 3u, "bad_request")]
    [InlineData("a flag", 4, 0x0101u, "bad_request")]
    [InlineData("a spare field", 4, 0x10001u, "bad_request")]
    [InlineData("a length beyond the limit", 0, 4_194_329u, "too_large")]
    [InlineData("a length of 4 GB", 0, uint.MaxValue, "too_large")]
    [InlineData("a length that holds no append", 0, 15u, "bad_request")]
    public async Task A_frame_that_cannot_be_understood_ends_the_session_behind_those_before_it(string what, int offset, uint value, string code)
    {
        await using var session = await RawSession.OpenAsync(Server, Session);
        var bad = RawSession.Append(null, null, "bad");
        BinaryPrimitives.WriteUInt32LittleEndian(bad.AsSpan(offset), value);

        await session.SendAsync([.. RawSession.Append(null, null, "good"), .. bad, .. RawSession.Append(null, null, "behind")]);

        (await session.NextAsync())!.Text.ShouldBe("0: 0-1", what);
        (await session.NextAsync())!.Text.ShouldBe($"1: end {code}", what);
        (await TailAsync()).ShouldBe(1);
        Server.Errors.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_goes_on_sending_behind_a_bad_frame_is_told_all_the_same()
    {
        await using var session = await RawSession.OpenAsync(Server, Session);
        var sending = session.SendAsync([.. "garbage from the first byte on"u8, .. new byte[8 * 1024 * 1024]]);
        (await session.NextAsync())!.Text.ShouldBe("0: end bad_request");
        await sending;
    }

    [Theory]
    [MemberData(nameof(FrameCases.Bad), MemberType = typeof(FrameCases))]
    public async Task A_batch_that_cannot_be_understood_is_refused_and_the_next_one_is_not(string what, byte[] body, int status)
    {
        await using var session = await RawSession.OpenAsync(Server, Session);

        await session.SendAsync([.. RawSession.Append(null, null, body), .. RawSession.Append(null, null, "good")]);

        (await session.NextAsync())!.Problem.GetProperty("status").GetInt32().ShouldBe(status, what);
        (await session.NextAsync())!.Text.ShouldBe("1: 0-1", what);
    }

    [Fact]
    public async Task A_sequence_belongs_to_a_producer()
    {
        await using var without = await RawSession.OpenAsync(Server, Session);
        await without.SendAsync(RawSession.Append(0, null, "a"));
        (await without.NextAsync())!.Text.ShouldBe("0: bad_request");
        await using var with = await RawSession.OpenAsync(Server, Session, ("Producer-Id", "p"), ("Producer-Epoch", "0"));
        await with.SendAsync([.. RawSession.Append(null, null, "a"), .. RawSession.Append(-2, null, "a"), .. RawSession.Append(0, long.MaxValue, "a")]);
        for (var i = 0; i < 3; i++)
            (await with.NextAsync())!.Text.ShouldBe($"{i}: bad_request");

        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task No_more_than_1024_appends_are_under_way_and_the_rest_waits_on_the_wire()
    {
        var ordered = 0;
        var full = new TaskCompletionSource();
        var flow = new TaskCompletionSource();
        Server.Log.OnAppend = records =>
        {
            if (Interlocked.Add(ref ordered, records) == SessionFormat.MaxInFlight)
                full.SetResult();

            return flow.Task;
        };
        await using var session = await RawSession.OpenAsync(Server, Session);
        const int appends = SessionFormat.MaxInFlight + 100;
        await session.SendAsync([.. Enumerable.Range(0, appends).SelectMany(i => RawSession.Append(null, null, $"{i}"))]);
        await full.Task.WaitAsync(TimeSpan.FromSeconds(60));

        // All of it came in one piece of what the server reads: what it would still take, it would have taken by now.
        (await TailAsync()).ShouldBeLessThanOrEqualTo(SessionFormat.MaxInFlight);
        Volatile.Read(ref ordered).ShouldBe(SessionFormat.MaxInFlight);
        flow.SetResult();
        for (var i = 0; i < appends; i++)
            (await session.NextAsync())!.Text.ShouldBe($"{i}: {i}-{i + 1}");
    }

    [Fact]
    public async Task A_caller_of_whom_nothing_is_heard_loses_its_session_and_nothing_else()
    {
        await using var session = await RawSession.OpenAsync(Server, Session);
        await session.SendAsync(RawSession.Append(null, null, "a"));
        (await session.NextAsync())!.Text.ShouldBe("0: 0-1");

        var closed = session.NextAsync();
        while (!closed.IsCompleted)
        {
            // Again, if the server was not yet waiting for the caller; a request gives it the time to notice.
            Time.Advance(TimeSpan.FromSeconds(135));
            await Server.GetAsync("/nowhere");
        }

        (await closed).ShouldBeNull();
        (await TailAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_frame_that_does_not_come_to_its_end_ends_the_session_and_appends_nothing()
    {
        await using var session = await RawSession.OpenAsync(Server, Session);
        await session.SendAsync([.. RawSession.Append(null, null, "a"), .. RawSession.Append(null, null, "b")[..^1]]);
        (await session.NextAsync())!.Text.ShouldBe("0: 0-1");

        var end = session.NextAsync();
        while (!end.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(35));
            await Server.GetAsync("/nowhere");
        }

        var answer = (await end)!;
        (answer.Text, answer.Problem.GetProperty("reason").GetString()).ShouldBe(("1: end bad_request", "request_timeout"));
        (await TailAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Frames_that_have_begun_hold_no_more_memory_together_than_bodies_may()
    {
        var sessions = new List<RawSession>();
        var begun = RawSession.Append(null, null, new byte[4 * 1024 * 1024])[..^1];
        Task<SessionAnswer?>[] ends;
        for (var i = 0; i < 5; i++)
        {
            sessions.Add(await RawSession.OpenAsync(Server, Session));
            await sessions[i].SendAsync(begun);
        }

        ends = [.. sessions.Select(session => session.NextAsync())];
        var first = await (await Task.WhenAny(ends));
        (first!.Text, first.Problem.GetProperty("reason").GetString(), first.RetryAfter).ShouldBe(("0: end overloaded", "request_bodies", 1));
        foreach (var session in sessions)
            session.Break();

        Reply reply;
        do
            reply = await Server.PostAsync(Records, Body.Json("{\"records\":[{\"text\":\"a\"}" + new string(' ', 15 * 1024 * 1024) + "]}"));
        while (reply.Status == 503);
        reply.Status.ShouldBe(200);
    }

    [Fact]
    public async Task No_bytes_make_the_server_fail()
    {
        var random = new Random(16);
        long tail = 0;
        for (var round = 0; round < Rounds; round++)
        {
            await using var session = await RawSession.OpenAsync(Server, Session);
            byte[] bytes = [.. RawSession.Append(null, null, "a"), .. RawSession.Append(null, null, "b", "c"), .. RawSession.Append(null, null, "d")];
            for (var i = random.Next(4); i > 0; i--)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));

            bytes = bytes[..random.Next(bytes.Length + 1)];
            await session.SendAsync(bytes);
            var story = $"round {round}: {Convert.ToHexString(bytes)}";
            var answers = Answers(bytes);
            for (var number = 0; number < answers; number++)
            {
                var answer = (await session.NextAsync())!;
                answer.Number.ShouldBe(number, story);
                if (answer.Kind != SessionFrameKind.Ack)
                {
                    answer.Problem.GetProperty("status").GetInt32().ShouldBeOneOf([400, 412, 413, 422], story);
                    continue;
                }

                answer.Ack.Start.ShouldBe(tail, story);
                tail = answer.Ack.End;
            }

            (await TailAsync()).ShouldBe(tail, story);
        }

        tail.ShouldBeGreaterThan(Rounds / 2, "mutations that leave nothing well-formed prove little");
        Server.Errors.All.ShouldBeEmpty();
    }

    /// <summary>How many answers these bytes get: one for each whole frame, and one for what cannot be a frame.</summary>
    private static int Answers(byte[] bytes)
    {
        var rest = new ReadOnlySequence<byte>(bytes);
        var answers = 0;
        try
        {
            for (; SessionReader.TryTakeFromClient(ref rest, out _); answers++)
            {
            }

            return answers;
        }
        catch (FrameFormatException)
        {
            return answers + 1;
        }
    }
}
