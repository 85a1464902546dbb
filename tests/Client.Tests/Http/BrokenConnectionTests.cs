using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Client.Tests.Http;

/// <summary>The same over real sockets, where the HTTP layer decides what it calls a failure.</summary>
public sealed class BrokenConnectionTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public BrokenConnectionTests()
    {
        // A large body must not fit into what the sockets hold: sending has to fail while it is in progress.
        _listener.Server.ReceiveBufferSize = 4096;
        _listener.Start();
    }

    private static NewRecord[] LargeBatch => [.. Enumerable.Repeat(new NewRecord(new byte[1_000_000]), 4)];

    private Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_refused_connection_had_no_effect()
    {
        using var client = new LogClient(Address);
        _listener.Stop();

        var failure = await Should.ThrowAsync<LogClientException>(() => client.AppendAsync("s", new[] { NewRecord.FromText("x") }).OrFail());

        (failure.Code, failure.SideEffects).ShouldBe((LogClientErrors.Unreachable, CallSideEffects.None));
    }

    [Fact]
    public async Task A_connection_that_ends_behind_the_request_leaves_the_outcome_open()
    {
        using var client = new LogClient(Address);
        var append = client.AppendAsync("s", new[] { NewRecord.FromText("payload") });
        using (var connection = await _listener.AcceptSocketAsync().OrFail())
            await ReadUntilAsync(connection, "payload");

        var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, true, CallSideEffects.Possible));
    }

    [Fact]
    public async Task Refusal_before_the_break_is_the_outcome()
    {
        // Twice: also where the request did not have the connection to itself.
        for (var round = 0; round < 2; round++)
        {
            using var client = new LogClient(Address);
            var append = client.AppendAsync("s", LargeBatch);
            await RefuseAndBreakAsync("HTTP/1.1 404 Not Found", """{"code":"stream_not_found","retryable":false,"side_effects":"none"}""");

            var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());

            (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe(("stream_not_found", false, CallSideEffects.None));
        }
    }

    [Fact]
    public async Task Success_before_the_break_leaves_the_outcome_open()
    {
        using var client = new LogClient(Address);
        var append = client.AppendAsync("s", LargeBatch);
        await RefuseAndBreakAsync("HTTP/1.1 200 OK", """{"start":0,"end":1,"tail":1,"duplicate":false}""");

        var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());

        (failure.Code, failure.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, CallSideEffects.Possible));
    }

    [Fact]
    public async Task Break_in_a_body_without_an_answer_leaves_the_outcome_open()
    {
        using var client = new LogClient(Address);
        var append = client.AppendAsync("s", LargeBatch);
        using (var connection = await _listener.AcceptSocketAsync().OrFail())
            await ReadUntilAsync(connection, "\r\n\r\n");

        var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, true, CallSideEffects.Possible));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_leaves_the_outcome_open()
    {
        using var client = new LogClient(Address);
        var append = client.AppendAsync("s", new[] { NewRecord.FromText("payload") });
        using (var connection = await _listener.AcceptSocketAsync().OrFail())
        {
            await ReadUntilAsync(connection, "payload");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"start\":"u8.ToArray());
        }

        var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());

        (failure.Code, failure.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, CallSideEffects.Possible));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(412)]
    [InlineData(413)]
    [InlineData(415)]
    [InlineData(422)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Problem_that_is_cut_leaves_the_outcome_open(int status)
    {
        foreach (var length in new[] { "Content-Length: 300\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n60\r\n", "Connection: close\r\n\r\n" })
        {
            var failure = await CutAsync($"HTTP/1.1 {status} Some\r\nContent-Type: application/problem+json\r\n{length}{{\"code\":\"producer_gap\",\"retry");
            (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, true, CallSideEffects.Possible), length);
        }
    }

    [Theory]
    [InlineData("Content-Length: 50\r\n")]
    [InlineData("Connection: close\r\n")]
    public async Task Success_that_is_cut_leaves_the_outcome_open(string length)
    {
        var failure = await CutAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n{{\"start\":");
        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, true, CallSideEffects.Possible));
    }

    [Fact]
    public async Task Page_that_is_cut_may_be_read_again()
    {
        using var client = new LogClient(Address);
        var read = client.ReadAsync("s", ReadStart.AtLsn(0));
        using (var connection = await _listener.AcceptSocketAsync().OrFail())
        {
            await ReadUntilAsync(connection, "\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.orleans-log.frames\r\nConnection: close\r\n\r\n123456789"u8.ToArray());
        }

        var failure = await Should.ThrowAsync<LogClientException>(() => read.OrFail());

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, true, CallSideEffects.None));
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_leaves_the_outcome_open()
    {
        var time = new ManualTimeProvider();
        using var client = new LogClient(Address, new LogClientOptions { TimeProvider = time, RequestTimeout = TimeSpan.FromSeconds(12) });
        var append = client.AppendAsync("s", new[] { NewRecord.FromText("payload") });
        using var connection = await _listener.AcceptSocketAsync().OrFail();
        await ReadUntilAsync(connection, "payload");

        time.Advance(TimeSpan.FromSeconds(12));
        var failure = await Should.ThrowAsync<LogClientException>(() => append.OrFail());

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.TimedOut, true, CallSideEffects.Possible));
    }

    [Fact]
    public async Task A_read_that_breaks_off_may_be_repeated_freely()
    {
        using var client = new LogClient(Address);
        var read = client.CheckTailAsync("s");
        using (var connection = await _listener.AcceptSocketAsync().OrFail())
        {
            await ReadUntilAsync(connection, "\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Le"u8.ToArray());
        }

        var failure = await Should.ThrowAsync<LogClientException>(() => read.OrFail());

        (failure.Retryable, failure.SideEffects).ShouldBe((true, CallSideEffects.None));
    }

    /// <summary>The failure of an append whose answer is this, and nothing behind it.</summary>
    private async Task<LogClientException> CutAsync(string answer)
    {
        using var client = new LogClient(Address);
        var append = client.AppendAsync("s", new[] { NewRecord.FromText("payload") });
        using (var connection = await _listener.AcceptSocketAsync().OrFail())
        {
            await ReadUntilAsync(connection, "payload");
            await connection.SendAsync(Encoding.ASCII.GetBytes(answer));
        }

        return await Should.ThrowAsync<LogClientException>(() => append.OrFail());
    }

    /// <summary>A server that refuses after the head of a request, and closes the connection over the rest.</summary>
    private async Task RefuseAndBreakAsync(string status, string body)
    {
        using var connection = await _listener.AcceptSocketAsync().OrFail();
        await ReadUntilAsync(connection, "\r\n\r\n");
        await connection.SendAsync(Encoding.ASCII.GetBytes(
            $"{status}\r\nContent-Type: application/{(status.Contains("200", StringComparison.Ordinal) ? "json" : "problem+json")}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }

    private static async Task ReadUntilAsync(Socket connection, string end)
    {
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (!seen.ToString().Contains(end, StringComparison.Ordinal))
        {
            var count = await connection.ReceiveAsync(buffer).OrFail();
            count.ShouldBePositive();
            seen.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
    }
}
