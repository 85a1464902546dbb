using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Streams as things: ensure, describe, change, delete, list.</summary>
public abstract class StreamScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task Put_makes_a_stream_and_put_again_leaves_it()
    {
        var made = await Server.SendAsync("PUT", "/v1/streams/a:b", Body.Json("""{"max_record_bytes":100,"producer_expiry_seconds":3600,"timestamp_lead_seconds":3600,"labels":{"team":"x"}}"""));
        made.Status.ShouldBe(201, made.Text);
        made.Headers["Location"].ShouldBe("/v1/streams/a:b");
        made.Headers["ETag"].ShouldBe("\"c1\"");
        var body = made.Json;
        body.GetProperty("name").GetString().ShouldBe("a:b");
        body.GetProperty("id").GetString()!.Length.ShouldBe(32);
        body.GetProperty("config").ToString().ShouldBe("""{"max_record_bytes":100,"producer_expiry_seconds":3600,"timestamp_lead_seconds":3600,"labels":{"team":"x"}}""");
        (body.GetProperty("head").GetInt64(), body.GetProperty("tail").GetInt64(), body.GetProperty("sealed").GetBoolean()).ShouldBe((0, 0, false));
        foreach (var member in new[] { "offloaded", "term", "bytes", "fenced", "config_version", "created_at" })
            body.TryGetProperty(member, out _).ShouldBeTrue(member);

        var again = await Server.SendAsync("PUT", "/v1/streams/a:b");
        again.Status.ShouldBe(200);
        again.Headers["ETag"].ShouldBe("\"c1\"");
        again.Headers.ContainsKey("Location").ShouldBeFalse();

        var changed = await Server.SendAsync("PUT", "/v1/streams/a:b", Body.Json("""{"max_record_bytes":200}"""));
        changed.Status.ShouldBe(200);
        changed.Headers["ETag"].ShouldBe("\"c2\"");
        changed.Json.GetProperty("config").GetProperty("producer_expiry_seconds").GetInt64().ShouldBe(3600);
    }

    [Fact]
    public async Task Put_can_be_made_to_create_only_or_to_change_only()
    {
        (await Server.SendAsync("PUT", Stream, null, ("If-None-Match", "*"))).ShouldBeProblem(412, "stream_exists");
        (await Server.SendAsync("PUT", "/v1/streams/new", null, ("If-Match", "\"c1\""))).ShouldBeProblem(404, "stream_not_found");
        (await Server.SendAsync("PUT", "/v1/streams/new", null, ("If-Match", "*"))).ShouldBeProblem(404, "stream_not_found");
        (await Server.SendAsync("PUT", "/v1/streams/new", null, ("If-None-Match", "*"))).Status.ShouldBe(201);
        (await Server.SendAsync("PUT", Stream, Body.Json("""{"max_record_bytes":5}"""), ("If-Match", "\"c1\""))).Status.ShouldBe(200);
        var mismatch = (await Server.SendAsync("PUT", Stream, null, ("If-Match", "\"c1\""))).ShouldBeProblem(412, "config_mismatch");
        mismatch.GetProperty("config_version").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task Get_describes_and_head_says_the_same_in_headers()
    {
        await AppendAsync("a", "b");
        var get = await Server.GetAsync(Stream);
        get.Status.ShouldBe(200);
        get.Json.GetProperty("tail").GetInt64().ShouldBe(2);
        get.Json.GetProperty("last_timestamp").GetInt64().ShouldBe(Time.GetUtcNow().ToUnixTimeMilliseconds());

        var head = await Server.SendAsync("HEAD", Stream);
        head.Status.ShouldBe(200);
        head.Bytes.ShouldBeEmpty();
        foreach (var reply in new[] { get, head })
        {
            reply.Headers["ETag"].ShouldBe("\"c1\"");
            reply.Headers["Log-Tail"].ShouldBe("2");
            reply.Headers["Log-Head"].ShouldBe("0");
            reply.Headers["Cache-Control"].ShouldBe("no-store");
            reply.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        }

        (await Server.SendAsync("HEAD", "/v1/streams/none")).Status.ShouldBe(404);
        (await Server.GetAsync("/v1/streams/none")).ShouldBeProblem(404, "stream_not_found");
    }

    [Fact]
    public async Task Retention_is_set_bound_by_bound_and_lifted_by_null()
    {
        var put = await Server.SendAsync("PUT", Stream, Body.Json("""{"retention_age_seconds":86400,"retention_bytes":1000000,"retention_records":500}"""));
        put.Json.GetProperty("config").ToString().ShouldBe(
            """{"max_record_bytes":1048576,"producer_expiry_seconds":604800,"timestamp_lead_seconds":3600,"retention_age_seconds":86400,"retention_bytes":1000000,"retention_records":500,"labels":{}}""");
        var patched = await Server.SendAsync("PATCH", Stream, Body.Patch("""{"retention_age_seconds":null,"retention_bytes":null,"retention_records":9}"""));
        patched.Json.GetProperty("config").ToString().ShouldBe(
            """{"max_record_bytes":1048576,"producer_expiry_seconds":604800,"timestamp_lead_seconds":3600,"retention_records":9,"labels":{}}""");
        (await Server.GetAsync(Stream)).Json.GetProperty("config").ToString().ShouldBe(patched.Json.GetProperty("config").ToString());
    }

    [Fact]
    public async Task Patch_merges()
    {
        await Server.SendAsync("PUT", Stream, Body.Json("""{"max_record_bytes":100,"labels":{"a":"1","b":"2"}}"""));
        var patched = await Server.SendAsync("PATCH", Stream, Body.Patch("""{"max_record_bytes":null,"labels":{"a":null,"c":"3"}}"""));
        patched.Status.ShouldBe(200, patched.Text);
        patched.Json.GetProperty("config").ToString().ShouldBe("""{"max_record_bytes":1048576,"producer_expiry_seconds":604800,"timestamp_lead_seconds":3600,"labels":{"b":"2","c":"3"}}""");

        var none = await Server.SendAsync("PATCH", Stream, Body.Patch("""{"labels":null}"""), ("If-Match", patched.Headers["ETag"]));
        none.Status.ShouldBe(200, none.Text);
        none.Json.GetProperty("config").GetProperty("labels").ToString().ShouldBe("{}");

        (await Server.SendAsync("PATCH", Stream, Body.Patch("""{"labels":null}"""), ("If-Match", patched.Headers["ETag"]))).ShouldBeProblem(412, "config_mismatch");
        (await Server.SendAsync("PATCH", "/v1/streams/none", Body.Patch("{}"))).ShouldBeProblem(404, "stream_not_found");
        (await Server.SendAsync("PATCH", Stream, Body.Json("{}"))).ShouldBeProblem(415, "unsupported_media");
    }

    [Theory]
    [InlineData("""{"max_record_bytes":0}""")]
    [InlineData("""{"max_record_bytes":1048577}""")]
    [InlineData("""{"max_record_bytes":"1"}""")]
    [InlineData("""{"max_record_bytes":1.0}""")]
    [InlineData("""{"max_record_bytes":1,"max_record_bytes":1}""")]
    [InlineData("""{"max_record_bytes":null}""")]
    [InlineData("""{"retention_bytes":null}""")]
    [InlineData("""{"retention_bytes":0}""")]
    [InlineData("""{"retention_bytes":1,"retention_bytes":2}""")]
    [InlineData("""{"retention_records":-1}""")]
    [InlineData("""{"retention_age_seconds":59}""")]
    [InlineData("""{"retention_age_seconds":3153600001}""")]
    [InlineData("""{"producer_expiry_seconds":59}""")]
    [InlineData("""{"timestamp_lead_seconds":-1}""")]
    [InlineData("""{"timestamp_lead_seconds":3153600001}""")]
    [InlineData("""{"labels":null}""")]
    [InlineData("""{"labels":{"a":null}}""")]
    [InlineData("""{"labels":{"a":"1","a":"2"}}""")]
    [InlineData("""{"labels":{"":"1"}}""")]
    [InlineData("""{"labels":{"a":"\ud800"}}""")]
    [InlineData("""{"labels":[]}""")]
    [InlineData("""{"max_records":1}""")]
    [InlineData("""{} {}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    public async Task A_bad_configuration_is_refused_and_makes_nothing(string config)
    {
        (await Server.SendAsync("PUT", "/v1/streams/new", Body.Json(config))).ShouldBeProblem(400, "bad_request");
        (await Server.GetAsync("/v1/streams/new")).ShouldBeProblem(404, "stream_not_found");
    }

    [Theory]
    [InlineData("If-None-Match", "\"c1\"")]
    [InlineData("If-Match", "c1")]
    [InlineData("If-Match", "W/\"c1\"")]
    [InlineData("If-Match", "\"c\"")]
    [InlineData("If-Match", "\"c-1\"")]
    [InlineData("If-Match", "\"7\"")]
    public async Task A_condition_that_cannot_be_understood_is_refused(string name, string value) =>
        (await Server.SendAsync("PUT", Stream, null, (name, value))).ShouldBeProblem(400, "bad_request");

    [Fact]
    public async Task Delete_is_idempotent_and_frees_the_name()
    {
        await AppendAsync("a");
        (await Server.SendAsync("DELETE", Stream, null, ("If-Match", "\"c1\""))).ShouldBeProblem(400, "bad_request");
        (await Server.SendAsync("DELETE", Stream)).Status.ShouldBe(202);
        (await Server.SendAsync("DELETE", Stream)).Status.ShouldBe(202);
        (await Server.GetAsync(Stream)).ShouldBeProblem(404, "stream_not_found");
        (await Server.GetAsync(Records)).ShouldBeProblem(404, "stream_not_found");
        (await Server.SendAsync("PUT", Stream)).Status.ShouldBe(201);
        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Listing_leads_from_page_to_page()
    {
        foreach (var name in new[] { "a:1", "a:2", "a:3", "b" })
            await Server.CreateAsync(name);

        var names = new List<string>();
        var path = "/v1/streams?prefix=a:&limit=2";
        while (true)
        {
            var page = await Server.GetAsync(path);
            page.Status.ShouldBe(200);
            names.AddRange(page.Json.GetProperty("streams").EnumerateArray().Select(stream => stream.GetProperty("name").GetString()!));
            page.Json.GetProperty("has_more").GetBoolean().ShouldBe(page.Headers.ContainsKey("Link"));
            if (!page.Headers.TryGetValue("Link", out var link))
                break;

            page.Json.GetProperty("next_after").GetString().ShouldBe(names[^1]);
            link.ShouldEndWith("; rel=\"next\"");
            path = link[1..link.IndexOf('>', StringComparison.Ordinal)];
        }

        names.ShouldBe(["a:1", "a:2", "a:3"]);
        (await Server.GetAsync("/v1/streams")).Json.GetProperty("streams").GetArrayLength().ShouldBe(5);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=x")]
    [InlineData("limit=1&limit=2")]
    [InlineData("prefix=%2F")]
    [InlineData("after=a%00")]
    [InlineData("offset=1")]
    public async Task A_bad_listing_is_refused(string query) => (await Server.GetAsync("/v1/streams?" + query)).ShouldBeProblem(400, "bad_request");
}
