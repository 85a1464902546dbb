using System.Net.Sockets;
using System.Text;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Bad input gets its problem, and the stream stays as it was.</summary>
public abstract class BadInputScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Theory]
    [InlineData("a%2Fb")]
    [InlineData("%2e%2e%2fa")]
    [InlineData(".hidden")]
    [InlineData("a%20b")]
    [InlineData("a%5Cb")]
    [InlineData("%E2%80%AEabc")]
    [InlineData("caf%C3%A9")]
    [InlineData("a%0Ab")]
    [InlineData("a%25")]
    [InlineData("-a")]
    [InlineData("a$b")]
    public async Task A_hostile_name_is_refused_by_every_route(string name)
    {
        foreach (var (method, path) in new[]
        {
            ("PUT", string.Empty), ("GET", string.Empty), ("PATCH", string.Empty), ("DELETE", string.Empty), ("POST", "/records"),
            ("GET", "/records"), ("GET", "/tail"), ("POST", "/trim"), ("POST", "/fence"), ("POST", "/seal"),
        })
        {
            var body = method == "POST" ? Body.Json("{}") : method == "PATCH" ? Body.Patch("{}") : null;
            (await RawAsync(method, $"/v1/streams/{name}{path}", body)).ShouldBeProblem(400, "bad_request");
        }

        (await Server.GetAsync("/v1/streams")).Json.GetProperty("streams").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A_name_has_at_most_256_characters()
    {
        (await Server.SendAsync("PUT", "/v1/streams/" + new string('n', 257))).ShouldBeProblem(400, "bad_request");
        (await Server.SendAsync("PUT", "/v1/streams/" + new string('n', 4096))).ShouldBeProblem(400, "bad_request");
        (await Server.SendAsync("PUT", "/v1/streams/" + new string('n', 256))).Status.ShouldBe(201);
        (await Server.SendAsync("PUT", "/v1/streams/aZ09._:~-")).Status.ShouldBe(201);
    }

    [Theory]
    [InlineData("/v1/streams/a%00b")]
    [InlineData("/v1/streams/../../etc/passwd")]
    [InlineData("/v1/streams/%zz")]
    public async Task What_the_server_itself_refuses_makes_nothing(string path)
    {
        (await RawAsync("PUT", path, null)).Status.ShouldBeInRange(400, 499);
        (await Server.GetAsync("/v1/streams")).Json.GetProperty("streams").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Headers_beyond_the_servers_bound_are_refused_by_it() =>
        (await Server.GetAsync(Records, ("X-Long", new string('x', 40_000)))).Status.ShouldBe(431);

    [Theory]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    [InlineData("[]", 400)]
    [InlineData("null", 400)]
    [InlineData("{}", 400)]
    [InlineData("""{"records":null}""", 400)]
    [InlineData("""{"records":{}}""", 400)]
    [InlineData("""{"records":[]}""", 422)]
    [InlineData("""{"records":[{"text":"a"},]}""", 400)]
    [InlineData("""{"records":[{"text":"a"}]}}""", 400)]
    [InlineData("""{"records":[{"text":"a"}]} x""", 400)]
    [InlineData("""{"records":[{"text":"a"}],"records":[]}""", 400)]
    [InlineData("""{"records":[{"text":"a"}],"atomic":false}""", 400)]
    [InlineData("""{"records":[{"text":"a"}],"expected_tail":-1}""", 400)]
    [InlineData("""{"records":[{"text":"a"}],"expected_tail":1.0}""", 400)]
    [InlineData("""{"records":[{"text":"a"}],"expected_tail":9007199254740992}""", 400)]
    [InlineData("""{"records":[{"text":"a"}],"expected_tail":null}""", 400)]
    [InlineData("""{"records":[{"text":"a"}],"fencing_token":1}""", 400)]
    [InlineData("""{"records":["a"]}""", 400)]
    [InlineData("""{"records":[{"text":"a","key":"b"}]}""", 400)]
    [InlineData("""{"records":[{"headers":[]}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","base64":"AA=="}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","text":"b"}]}""", 422)]
    [InlineData("""{"records":[{"text":null}]}""", 422)]
    [InlineData("""{"records":[{"base64":1}]}""", 422)]
    [InlineData("""{"records":[{"base64":"A"}]}""", 422)]
    [InlineData("""{"records":[{"base64":"AA=A"}]}""", 422)]
    [InlineData("""{"records":[{"base64":"_-8="}]}""", 422)]
    [InlineData("""{"records":[{"base64":"AA==AA=="}]}""", 422)]
    [InlineData("""{"records":[{"text":"\ud800"}]}""", 422)]
    [InlineData("""{"records":[{"text\ud800":"a"}]}""", 400)]
    [InlineData("""{"records\ud800":[]}""", 400)]
    [InlineData("""{"records":[{"text":"a","timestamp":-1}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","timestamp":"now"}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","timestamp":1e3}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","timestamp":1,"timestamp":1}]}""", 400)]
    [InlineData("""{"records":[{"text":"a","headers":{"k":"v"}}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","headers":[["k"]]}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","headers":[["k","v","w"]]}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","headers":[["","v"]]}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","headers":[["k",1]]}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","headers":[["k",{"base64":"A"}]]}]}""", 422)]
    [InlineData("""{"records":[{"text":"a","headers":[["k",{"base64":"AA==","x":1}]]}]}""", 422)]
    [InlineData("""{"records":[{"text":"good"},{"text":"bad","lsn":0}]}""", 400)]
    [InlineData("""{/**/"records":[{"text":"a"}]}""", 400)]
    [InlineData("""{"records":[{"json":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}]}""",400)]
    public async Task A_bad_json_batch_is_refused_whole(string body, int status)
    {
        (await Server.PostAsync(Records, Body.Json(body))).ShouldBeProblem(status, status == 400 ? "bad_request" : "bad_record");
        (await TailAsync()).ShouldBe(0);
        Server.Errors.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Timestamp_from_the_future_is_refused()
    {
        var json = (await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"a","timestamp":1795000000000000}]}"""))).ShouldBeProblem(422, "bad_record");
        json.GetProperty("reason").GetString().ShouldBe("timestamp_ahead");
        var lines = await Server.PostAsync(Records, Body.Lines("""{"text":"a","timestamp":1795000000000000}"""));
        lines.Text.ShouldContain("timestamp_ahead");
        var nanoseconds = await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"a","timestamp":1795000000000000000}]}"""));
        nanoseconds.ShouldBeProblem(422, "bad_record").GetProperty("detail").GetString()!.ShouldContain("nanoseconds");
        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Json_that_is_not_utf8_is_refused()
    {
        foreach (var field in new[] { "text", "json", "base64" })
        {
            byte[] body = [.. Encoding.UTF8.GetBytes($"{{\"records\":[{{\"{field}\":\""), 0xC3, 0x28, .. "\"}]}"u8];
            (await Server.PostAsync(Records, Body.Of("application/json", body))).ShouldBeProblem(422, "bad_record");
        }

        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_too_large_is_refused_and_the_limit_named()
    {
        async Task RefusedAsync(HttpContent body, long limit, string unit)
        {
            var problem = (await Server.PostAsync(Records, body)).ShouldBeProblem(413, "too_large");
            (problem.GetProperty("limit").GetInt64(), problem.GetProperty("unit").GetString()).ShouldBe((limit, unit));
        }

        await RefusedAsync(Body.Octets(new byte[Limits.RecordBytes + 1]), Limits.RecordBytes, "bytes");
        await RefusedAsync(Body.Text(new string('x', Limits.RecordBytes + 1)), Limits.RecordBytes, "bytes");
        await RefusedAsync(Body.Text(new string('\n', Limits.BatchRecords + 1)), Limits.BatchRecords, "records");
        await RefusedAsync(Body.Text(string.Concat(Enumerable.Repeat(new string('x', 1_000_000) + "\n", 4)) + new string('y', 300_000)), Limits.BatchBytes, "bytes");
        await RefusedAsync(Body.Json("{\"records\":[{\"text\":\"" + new string('x', Limits.RecordBytes + 1) + "\"}]}"), Limits.RecordBytes, "bytes");
        await RefusedAsync(Body.Json("{\"records\":[{\"json\":\"" + new string('x', Limits.RecordBytes + 1) + "\"}]}"), Limits.RecordBytes, "bytes");
        await RefusedAsync(Body.Json("{\"records\":[" + string.Join(',', Enumerable.Repeat("{\"text\":\"\"}", Limits.BatchRecords + 1)) + "]}"), Limits.BatchRecords, "records");
        await RefusedAsync(
            Body.Json("{\"records\":[{\"text\":\"x\",\"headers\":[" + string.Join(',', Enumerable.Repeat("[\"a\",\"b\"]", Limits.HeadersPerRecord + 1)) + "]}]}"),
            Limits.HeadersPerRecord,
            "headers");
        await RefusedAsync(Body.Json(new string(' ', 17 * 1024 * 1024)), 16 * 1024 * 1024, "bytes");
        (await TailAsync()).ShouldBe(0);

        await Server.SendAsync("PATCH", Stream, Body.Patch("""{"max_record_bytes":3}"""));
        await RefusedAsync(Body.Text("fine\n"), 3, "bytes");
        (await Server.PostAsync(Records, Body.Text("yes"))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_largest_of_each_is_taken()
    {
        await TakenAsync(Body.Octets(new byte[Limits.RecordBytes]));
        await TakenAsync(Body.Text(new string('\n', Limits.BatchRecords)));
        var batch = string.Concat(Enumerable.Repeat(new string('x', Limits.RecordBytes - Limits.RecordOverheadBytes) + "\n", 4));
        await TakenAsync(Body.Text(batch));
        var escaped = string.Concat(Enumerable.Repeat("\\u0041", Limits.RecordBytes));
        await TakenAsync(Body.Json("{\"records\":[{\"text\":\"" + escaped + "\"}]}"));

        async Task TakenAsync(HttpContent body)
        {
            var reply = await Server.PostAsync(Records, body);
            reply.Status.ShouldBe(200, reply.Text);
        }
    }

    [Fact]
    public async Task A_body_too_large_is_refused_before_it_is_sent()
    {
        await using var upload = await OpenUpload.StartAsync(Server, Records, "application/octet-stream", ("Content-Length", "9999999999"));
        await upload.StatusAsync();
        upload.StatusLine!.ShouldStartWith("HTTP/1.1 413 ");
    }

    [Theory]
    [MemberData(nameof(FrameCases.Bad), MemberType = typeof(FrameCases))]
    public async Task A_bad_frame_is_refused(string what, byte[] body, int status)
    {
        what.ShouldNotBeEmpty();
        (await Server.PostAsync(Records, Body.Of("application/vnd.orleans-log.frames", body))).ShouldBeProblem(status, status == 413 ? "too_large" : "bad_request");
        (await TailAsync()).ShouldBe(0);
    }

    // HttpClient would put the path right before it sends it.
    private async Task<Reply> RawAsync(string method, string path, HttpContent? content)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Server.Address.Host, Server.Address.Port);
        await using var stream = socket.GetStream();
        var body = content is null ? [] : await content.ReadAsByteArrayAsync();
        var type = content is null ? string.Empty : $"Content-Type: {content.Headers.ContentType}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {Server.Address.Authority}\r\nConnection: close\r\n{type}Content-Length: {body.Length}\r\n\r\n"));
        await stream.WriteAsync(body);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer).WaitAsync(TimeSpan.FromSeconds(20));
        var text = Encoding.Latin1.GetString(answer.ToArray());
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var head = text[..end].Split("\r\n");
        var headers = head[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        return new Reply(int.Parse(head[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), headers, Encoding.Latin1.GetBytes(text[(end + 4)..]));
    }
}
