using System.Buffers;
using System.IO.Compression;
using System.Text;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Appending in every body type.</summary>
public abstract class AppendScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task A_json_batch_comes_back_record_by_record()
    {
        var appended = await Server.PostAsync(
            Records,
            Body.Json("""{"records":[{"text":"h\u00e9llo","headers":[["k","v"],["k",{"base64":"/w=="}]],"timestamp":1},{"base64":"AP8="},{"json":{"a": [1,2]}},{"text":""}]}"""));
        appended.Status.ShouldBe(200, appended.Text);
        appended.ContentType.ShouldBe("application/json");
        appended.Text.ShouldBe("""{"start":0,"end":4,"tail":4,"duplicate":false}""");

        var read = await Server.GetAsync(Records + "?as=json");
        read.Text.ShouldBe(
            """{"records":[{"lsn":0,"timestamp":1,"headers":[["k","v"],["k",{"base64":"/w=="}]],"text":"héllo"},"""
            + """{"lsn":1,"timestamp":1795000000000,"base64":"AP8="},{"lsn":2,"timestamp":1795000000000,"json":{"a": [1,2]}},"""
            + """{"lsn":3,"timestamp":1795000000000,"text":""}],"next":4,"head":0,"tail":4,"sealed":false}""");
    }

    [Fact]
    public async Task What_is_sent_as_json_is_stored_to_the_byte()
    {
        await Server.PostAsync(Records, Body.Json("{\"records\":[{\"json\": {\"b\" : 1,\n \"a\":1.0, \"b\":\"\\u0041\"} }]}"));
        Encoding.UTF8.GetString((await AllAsync())[0]).ShouldBe("{\"b\" : 1,\n \"a\":1.0, \"b\":\"\\u0041\"}");
    }

    [Theory]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\nb", new[] { "a", "b" })]
    [InlineData("a\r\nb\r\n", new[] { "a\r", "b\r" })]
    [InlineData("a\rb\n", new[] { "a\rb" })]
    [InlineData("\n\na", new[] { "", "", "a" })]
    [InlineData("\r", new[] { "\r" })]
    [InlineData("é\u2028\0\n", new[] { "é\u2028\0" })]
    public async Task Every_line_of_text_is_a_record_and_only_lf_ends_one(string text, string[] expected)
    {
        var appended = await Server.PostAsync(Records, Body.Text(text));
        appended.Status.ShouldBe(200, appended.Text);
        (await AllAsync()).Select(Encoding.UTF8.GetString).ShouldBe(expected);
    }

    [Fact]
    public async Task Text_that_is_not_utf8_is_kept_as_it_is()
    {
        await Server.PostAsync(Records, Body.Of("text/plain", [0xFF, 0xFE, (byte)'\n', 0x80]));
        (await AllAsync()).ShouldBe([[0xFF, 0xFE], [0x80]]);
        (await Server.GetAsync(Records)).Json.GetProperty("records")[0].GetProperty("base64").GetString().ShouldBe("//4=");
    }

    [Fact]
    public async Task An_octet_stream_is_one_record()
    {
        var bytes = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31)).ToArray();
        (await Server.PostAsync(Records, Body.Octets(bytes))).Text.ShouldBe("""{"start":0,"end":1,"tail":1,"duplicate":false}""");
        (await Server.PostAsync(Records, Body.Octets())).Text.ShouldBe("""{"start":1,"end":2,"tail":2,"duplicate":false}""");
        (await AllAsync()).ShouldBe([bytes, []]);
    }

    [Fact]
    public async Task Frames_carry_headers_timestamps_and_any_bytes()
    {
        var body = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAppend(body, 2);
        FrameWriter.WriteRecord(body, 7, 1, 6 + 2 + 3 + 4);
        FrameWriter.WriteHeader(body, "ke"u8, "val"u8);
        body.Write((ReadOnlySpan<byte>)[0, 1, 2, 255]);
        FrameWriter.WriteRecord(body, FrameFormat.NoTimestamp, 0, 70_000);
        body.Write(new byte[70_000]);
        var appended = await Server.PostAsync(Records, Body.Of("application/vnd.orleans-log.frames", body.WrittenSpan.ToArray()));
        appended.Text.ShouldBe("""{"start":0,"end":2,"tail":2,"duplicate":false}""");

        var read = await Server.GetAsync(Records, ("Accept", "application/vnd.orleans-log.frames"));
        var frames = FrameReader.OpenPage(new ReadOnlySequence<byte>(read.Bytes), out var page);
        page.ShouldBe(new FramePage(2, 0, 2, 0, 2, Sealed: false));
        frames.TryRead(out var first).ShouldBeTrue();
        first.Timestamp.ShouldBe(7);
        first.Payload.ToArray().ShouldBe([0, 1, 2, 255]);
        var headers = first.Headers;
        var header = FrameReader.ReadHeader(ref headers);
        (Encoding.UTF8.GetString(header.Name), Encoding.UTF8.GetString(header.Value)).ShouldBe(("ke", "val"));
        frames.TryRead(out var second).ShouldBeTrue();
        second.Payload.Length.ShouldBe(70_000);
        frames.TryRead(out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("GZIP")]
    [InlineData("x-gzip")]
    [InlineData("gzip", 3)]
    [InlineData("x-gzip", 3)]
    public async Task Bodies_may_be_compressed(string encoding, int members = 1)
    {
        var lines = Enumerable.Range(0, 5000).Select(i => $"line {i}\n");
        byte[] body = [.. lines.Chunk(5000 / members).SelectMany(part => Compress(Encoding.UTF8.GetBytes(string.Concat(part)), encoding))];
        (await Server.PostAsync(Records, Body.Of("text/plain", body), ("Content-Encoding", encoding))).Status.ShouldBe(200);
        (await AllAsync()).Count.ShouldBe(5000);
    }

    [Fact]
    public async Task Byte_order_mark_before_json_is_skipped()
    {
        const string mark = "\ufeff";
        (await Server.PostAsync(Records, Body.Json(mark + """{"records":[{"text":"a"},{"json":{"b":[1, 2]}}]}"""))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Lines(mark + "{\"text\":\"c\"}\n{\"json\":[3]}\n"))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Lines(mark + "\n{\"text\":\"e\"}"))).Status.ShouldBe(200);
        (await AllAsync()).Select(Encoding.UTF8.GetString).ShouldBe(["a", """{"b":[1, 2]}""", "c", "[3]", "e"]);

        (await Server.SendAsync("PUT", "/v1/streams/marked", Body.Json(mark + """{"labels":{"a":"b"}}"""))).Status.ShouldBe(201);
        (await Server.SendAsync("PATCH", "/v1/streams/marked", Body.Patch(mark + """{"labels":null}"""))).Status.ShouldBe(200);
        (await Server.PostAsync("/v1/streams/marked/trim", Body.Json(mark + """{"before":0}"""))).Status.ShouldBe(200);
        (await Server.PostAsync("/v1/streams/marked/fence", Body.Json(mark + """{"token":"t"}"""))).Status.ShouldBe(200);
        (await Server.PostAsync("/v1/streams/marked/seal", Body.Json(mark + "{}"))).Status.ShouldBe(200);

        // Only there: behind it, and of another body, it is content.
        (await Server.PostAsync(Records, Body.Json(mark + mark + """{"records":[{"text":"a"}]}"""))).ShouldBeProblem(400, "bad_request");
        (await Server.PostAsync(Records, Body.Lines("{\"text\":\"f\"}\n" + mark + "{\"text\":\"g\"}"))).Text.ShouldContain("bad_request");
        (await Server.PostAsync(Records, Body.Text(mark + "h"))).Status.ShouldBe(200);
        (await AllAsync())[^1].ShouldBe(Encoding.UTF8.GetBytes(mark + "h"));
    }

    [Fact]
    public async Task A_compressed_body_is_bounded_by_what_it_expands_to()
    {
        var bomb = Compress(new byte[64 * 1024 * 1024], "gzip");
        bomb.Length.ShouldBeLessThan(Limits.BatchBytes);
        foreach (var type in new[] { "text/plain", "application/octet-stream", "application/json", "application/vnd.orleans-log.frames" })
            (await Server.PostAsync(Records, Body.Of(type, bomb), ("Content-Encoding", "gzip"))).ShouldBeProblem(413, "too_large");

        (await Server.PostAsync(Records, Body.Of("application/x-ndjson", bomb), ("Content-Encoding", "gzip"))).ShouldBeProblem(413, "too_large");
        (await TailAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_that_is_not_what_its_encoding_says_is_refused(string encoding)
    {
        var whole = Compress(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 5000))), encoding);
        foreach (var body in new[] { "no compression at all"u8.ToArray(), whole[..(whole.Length / 2)] })
            (await Server.PostAsync(Records, Body.Of("text/plain", body), ("Content-Encoding", encoding))).ShouldBeProblem(400, "bad_request");

        (await TailAsync()).ShouldBe(0);
        Server.Errors.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    [InlineData("")]
    public async Task Other_encodings_are_not_taken(string encoding)
    {
        var problem = (await Server.PostAsync(Records, Body.Text("x"), ("Content-Encoding", encoding))).ShouldBeProblem(415, "unsupported_media");
        problem.GetProperty("reason").GetString().ShouldBe("content_encoding");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("text/html")]
    [InlineData("text/plain; charset=utf-16")]
    [InlineData("application/*")]
    public async Task Other_content_types_are_not_taken(string? type)
    {
        var problem = (await Server.PostAsync(Records, Body.Of(type, "x"u8.ToArray()))).ShouldBeProblem(415, "unsupported_media");
        problem.GetProperty("reason").GetString().ShouldBe("content_type");
        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Names_of_content_types_and_their_parameters_are_read_as_http_says()
    {
        (await Server.PostAsync(Records, Body.Of("Text/Plain; charset=\"UTF-8\"", "x"u8.ToArray()))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Of("application/json; charset=utf-8", """{"records":[{"text":"x"}]}"""u8.ToArray()))).Status.ShouldBe(200);
    }

    private static byte[] Compress(byte[] bytes, string encoding)
    {
        using var output = new MemoryStream();
        using (Stream compressor = encoding.Equals("br", StringComparison.Ordinal)
            ? new BrotliStream(output, CompressionLevel.Fastest)
            : new GZipStream(output, CompressionLevel.Fastest))
        {
            compressor.Write(bytes);
        }

        return output.ToArray();
    }
}
