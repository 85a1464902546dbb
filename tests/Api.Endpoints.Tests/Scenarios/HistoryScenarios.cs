using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>What a cache may keep, and for how long; on logs that have a blob store.</summary>
public abstract class HistoryScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    // In the order in which the client of these tests gives them.
    private const string Immutable = "max-age=86400, private, immutable";
    private const string AskFirst = "no-cache, private";

    [Fact]
    public async Task A_page_of_history_has_a_tag_of_the_stream_and_the_range()
    {
        await OffloadAsync("a", "b", "c");
        var page = await Server.GetAsync(Records + "?from=1&limit=2");
        page.Headers["ETag"].ShouldBe($"W/\"{await IdAsync()}:1:3\"");
        page.Headers["Cache-Control"].ShouldBe(AskFirst);
        page.Headers["Vary"].ShouldBe("Accept, Origin");
        Texts(page.Json).ShouldBe(["b", "c"]);
    }

    [Fact]
    public async Task A_page_of_history_of_a_stream_by_its_id_never_changes()
    {
        await OffloadAsync("a", "b", "c");
        var path = $"{Records}?stream_id={await IdAsync()}&from=0&limit=2";
        var page = await Server.GetAsync(path);
        page.Headers["Cache-Control"].ShouldBe(Immutable);

        await AppendAsync("d");
        await Server.PostAsync(Stream + "/snapshots", null);
        var later = await Server.GetAsync(path);
        later.Headers["ETag"].ShouldBe(page.Headers["ETag"]);
        Texts(later.Json).ShouldBe(Texts(page.Json));
    }

    [Fact]
    public async Task Who_has_the_page_is_told_so()
    {
        await OffloadAsync("a", "b");
        foreach (var path in new[] { Records + "?from=0&limit=2", $"{Records}?from=0&limit=2&stream_id={await IdAsync()}" })
        {
            var page = await Server.GetAsync(path);
            var again = await Server.GetAsync(path, ("If-None-Match", $"\"other\", {page.Headers["ETag"]}"));
            again.Status.ShouldBe(304);
            again.Bytes.ShouldBeEmpty();
            foreach (var header in new[] { "ETag", "Cache-Control", "Vary", "Log-Stream-Id", "Log-Next", "Log-Head", "Log-Tail" })
                again.Headers[header].ShouldBe(page.Headers[header], header);
        }
    }

    [Theory]
    [InlineData("application/json", "")]
    [InlineData("application/x-ndjson", ":lines")]
    [InlineData("application/vnd.orleans-log.frames", ":frames")]
    [InlineData("application/octet-stream", ":octets")]
    public async Task A_page_in_one_form_is_not_the_page_in_another(string form, string ending)
    {
        await OffloadAsync("a", "b");
        var page = await Server.GetAsync(Records + "?from=0&limit=1", ("Accept", form));
        page.Headers["ETag"].ShouldBe($"W/\"{await IdAsync()}:0:1{ending}\"");
        var asked = ("If-None-Match", page.Headers["ETag"]);
        (await Server.GetAsync(Records + "?from=0&limit=1", ("Accept", form), asked)).Status.ShouldBe(304);
        var other = form == "application/json" ? "application/x-ndjson" : "application/json";
        (await Server.GetAsync(Records + "?from=0&limit=1", ("Accept", other), asked)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("?from=0&limit=3", "it ends in what is not offloaded")]
    [InlineData("?from=0&limit=10", "it may be longer tomorrow")]
    [InlineData("?from=3", "it is empty")]
    [InlineData("?from=0&limit=1&clamp", "it moves with the head")]
    [InlineData("?limit=1", "it moves with the head")]
    [InlineData("?last=3&limit=1", "it moves with the tail")]
    [InlineData("?since=0&limit=1", "it moves with the head")]
    public async Task A_page_that_the_request_does_not_determine_is_kept_by_nobody(string query, string because)
    {
        await OffloadAsync("a", "b");
        await AppendAsync("c");
        var page = await Server.GetAsync(Records + query);
        page.Status.ShouldBe(200, page.Text);
        page.Headers["Cache-Control"].ShouldBe("no-store", because);
        page.Headers.ContainsKey("ETag").ShouldBeFalse(because);
    }

    [Fact]
    public async Task A_page_that_ends_where_offloading_ended_is_kept_by_nobody()
    {
        await OffloadAsync("a", "b");
        (await Server.GetAsync(Records + "?from=0&limit=3")).Headers["Cache-Control"].ShouldBe("no-store");
        await Server.PostAsync(Stream + "/seal", null);
        await Server.PostAsync(Stream + "/snapshots", null);
        (await Server.GetAsync(Records + "?from=0&limit=3")).Headers["Cache-Control"].ShouldBe(AskFirst, "nothing can follow any more");
    }

    [Fact]
    public async Task A_page_that_its_size_or_a_time_ended_is_history_too()
    {
        await OffloadAsync("aaaa", "bbbb", "cccc");
        (await Server.GetAsync(Records + "?from=0&max_bytes=1")).Headers["ETag"].ShouldEndWith(":0:1\"");

        Time.Advance(TimeSpan.FromSeconds(1));
        await OffloadAsync("later");
        var until = Time.GetUtcNow().ToUnixTimeMilliseconds();
        (await Server.GetAsync($"{Records}?from=0&until={until}")).Headers["ETag"].ShouldEndWith(":0:3\"");
    }

    [Fact]
    public async Task What_was_trimmed_is_not_said_to_stand()
    {
        await OffloadAsync("a", "b", "c");
        var page = await Server.GetAsync(Records + "?from=0&limit=2");
        await Server.PostAsync(Stream + "/trim", Body.Json("""{"before":1}"""));
        (await Server.GetAsync(Records + "?from=0&limit=2", ("If-None-Match", page.Headers["ETag"]))).ShouldBeProblem(410, "trimmed");
    }

    [Fact]
    public async Task Another_stream_under_the_name_is_not_taken_for_the_one_that_was()
    {
        await OffloadAsync("a", "b");
        var id = await IdAsync();
        var page = await Server.GetAsync(Records + "?from=0&limit=2");
        await Server.SendAsync("DELETE", Stream);
        await Server.CreateAsync("orders");
        await OffloadAsync("x", "y");

        var other = await Server.GetAsync(Records + "?from=0&limit=2", ("If-None-Match", page.Headers["ETag"]));
        other.Status.ShouldBe(200);
        Texts(other.Json).ShouldBe(["x", "y"]);
        foreach (var accept in new[] { "application/json", "text/event-stream" })
        {
            (await Server.GetAsync($"{Records}?stream_id={id}&from=0", ("Accept", accept)))
                .ShouldBeProblem(404, "stream_not_found").GetProperty("reason").GetString().ShouldBe("other_stream");
        }
    }

    [Theory]
    [InlineData("ID:0:3")]
    [InlineData("ID:1:2")]
    [InlineData("ID:0:0")]
    [InlineData("ID:0:2:frames")]
    [InlineData("ID:0:02")]
    [InlineData("ID:0:")]
    [InlineData("ID:0:99999999999999999999")]
    [InlineData("00000000000000000000000000000000:0:2")]
    [InlineData("c1")]
    public async Task A_tag_that_this_page_cannot_have_is_not_confirmed(string tag)
    {
        await OffloadAsync("a", "b");
        var text = tag.Replace("ID", await IdAsync(), StringComparison.Ordinal);
        (await Server.GetAsync(Records + "?from=0&limit=2", ("If-None-Match", $"W/\"{text}\""))).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0000000000000000000000000000000G")]
    public async Task An_id_that_is_none_is_refused(string id) =>
        (await Server.GetAsync($"{Records}?stream_id={id}")).ShouldBeProblem(400, "bad_request");

    private async Task OffloadAsync(params string[] lines)
    {
        await AppendAsync(lines);
        (await Server.PostAsync(Stream + "/snapshots", null)).Status.ShouldBe(200);
    }

    private async Task<string> IdAsync() => (await Server.GetAsync(Stream)).Json.GetProperty("id").GetString()!;
}
