using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>Pages through the real server, whose buffers are smaller than they are.</summary>
public sealed class PageTests
{
    [Theory]
    [InlineData(WireMediaTypes.Json)]
    [InlineData(WireMediaTypes.NdJson)]
    [InlineData(WireMediaTypes.Frames)]
    public async Task Page_larger_than_the_buffers_arrives_whole(string form)
    {
        await using var server = await TestServer.StartAsync(static app => app.MapOrleansLog());
        (await server.Http.PutAsync("/v1/streams/s", content: null)).StatusCode.ShouldBe(HttpStatusCode.Created);
        var lines = string.Concat(Enumerable.Range(0, 1_000).Select(static i => $"{i:D4}{new string('x', 996)}\n"));
        (await server.Http.PostAsync("/v1/streams/s/records", new StringContent(lines))).StatusCode.ShouldBe(HttpStatusCode.OK);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/streams/s/records?from=0");
        request.Headers.Accept.ParseAdd(form);
        using var answer = await server.Http.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = await answer.Content.ReadAsStringAsync();
        text.Split("xxxx\"").Length.ShouldBe(form == WireMediaTypes.Frames ? 1 : 1_001);
        Enumerable.Range(0, 1_000).ShouldAllBe(i => text.Contains($"{i:D4}xxxx", StringComparison.Ordinal));
    }
}
