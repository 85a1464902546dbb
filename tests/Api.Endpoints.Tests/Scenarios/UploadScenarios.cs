using System.Globalization;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Uploads that come slowly, in odd pieces, or break off.</summary>
public abstract class UploadScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    protected override void Configure(OrleansLogEndpointOptions options) => options.RequestBodyBytes = 16 * 1024 * 1024;

    [Theory]
    [InlineData("text/plain", "a\nb\n")]
    [InlineData("application/octet-stream", "bytes")]
    [InlineData("application/json", """{"records":[{"text":"a\u00e9"},{"json":[1,2,{"x":"y"}]},{"base64":"AAAA"}],"expected_tail":0}""")]
    [InlineData("application/x-ndjson", "{\"text\":\"a\",\"headers\":[[\"k\",\"v\"]]}\n{\"base64\":\"AAAA\"}\n")]
    public async Task A_body_that_comes_byte_by_byte_is_the_same_body(string contentType, string body)
    {
        await using var upload = await OpenUpload.StartAsync(Server, Records, contentType);
        foreach (var c in body)
            await upload.SendAsync(c.ToString());

        await upload.EndAsync();
        (await upload.LineAsync())!.ShouldContain("\"start\":0");
        upload.StatusLine.ShouldBe("HTTP/1.1 200 OK");
        var slowly = await AllAsync();

        await Server.CreateAsync("whole");
        var content = Body.Of(contentType, System.Text.Encoding.UTF8.GetBytes(body));
        (await Server.PostAsync("/v1/streams/whole/records", content)).Status.ShouldBe(200);
        (await AllAsync("/v1/streams/whole/records")).ShouldBe(slowly);
    }

    [Theory]
    [InlineData("text/plain", "a\nb\n")]
    [InlineData("application/octet-stream", "half of it")]
    [InlineData("application/json", """{"records":[{"text":"a"}]}""")]
    [InlineData("application/vnd.orleans-log.frames", "OLA1\u0001\0\0\0")]
    public async Task An_upload_that_breaks_off_appends_nothing(string contentType, string body)
    {
        var chunked = await OpenUpload.StartAsync(Server, Records, contentType);
        await chunked.SendAsync(body);
        chunked.Break();

        // Here the length was announced and is never reached, whatever the bytes so far would have meant.
        var announced = await OpenUpload.StartAsync(Server, Records, contentType, ("Content-Length", "1000"));
        await announced.WriteAsync(body);
        announced.Break();
        await AppendAsync("after");
        (await AllAsync()).Count.ShouldBe(1);
        Server.Errors.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Lines_that_were_acknowledged_before_the_upload_broke_off_are_there()
    {
        var upload = await OpenUpload.StartAsync(Server, Records, "application/x-ndjson");
        await upload.SendAsync("{\"text\":\"a\"}\n{\"text\":\"b\"}\n{\"text\":\"ha");
        long acknowledged = 0;
        while (acknowledged < 2)
            acknowledged = long.Parse((await upload.LineAsync())!.Split("\"end\":")[1].Split(',')[0], CultureInfo.InvariantCulture);

        upload.Break();
        await AppendAsync("after");
        (await AllAsync()).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_body_whose_framing_is_broken_is_refused()
    {
        await using var upload = await OpenUpload.StartAsync(Server, Records, "text/plain");
        await upload.WriteAsync("5\r\nhello\r\nzz\r\n");
        await upload.LineAsync();
        upload.StatusLine!.ShouldStartWith("HTTP/1.1 400 ");
        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task All_uploads_together_hold_no_more_than_they_may()
    {
        var uploads = new[]
        {
            await OpenUpload.StartAsync(Server, Records, "application/json"),
            await OpenUpload.StartAsync(Server, Records, "application/json"),
        };
        foreach (var upload in uploads)
            await upload.SendAsync(new string(' ', 9 * 1024 * 1024));

        // Each alone is within its limit; which of the two is one too many depends on whose bytes come last.
        await await Task.WhenAny(uploads.Select(upload => upload.StatusAsync()));
        uploads.ShouldContain(upload => upload.StatusLine == "HTTP/1.1 503 Service Unavailable");
        foreach (var upload in uploads)
            upload.Break();

        // What they held is free again as soon as the server has seen them go.
        Reply reply;
        do
            reply = await Server.PostAsync(Records, Body.Json("{\"records\":[{\"text\":\"a\"}" + new string(' ', 15 * 1024 * 1024) + "]}"));
        while (reply.Status == 503);
        reply.Status.ShouldBe(200);
    }
}
