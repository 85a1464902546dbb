using System.Net;
using System.Text.RegularExpressions;
using Orleans.Log.Api.Endpoints.WebConsole;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>How the web console is served. What it does is tested in a browser, in Console.Tests.</summary>
public sealed partial class ConsoleTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "/console", "text/html; charset=utf-8" },
        { "/console/app.js", "text/javascript; charset=utf-8" },
        { "/console/base.css", "text/css; charset=utf-8" },
        { "/console/icon.svg", "image/svg+xml" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task It_is_served_with_its_type_and_may_do_nothing_but_run_its_own_scripts_and_call_its_own_origin(string path, string type)
    {
        await using var server = await LogServer.StartAsync();
        var reply = await server.GetAsync(path);
        reply.Status.ShouldBe(200);
        reply.Headers["Content-Type"].ShouldBe(type);
        reply.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        reply.Headers["Cache-Control"].ShouldBe("no-cache");
        reply.Headers["Referrer-Policy"].ShouldBe("no-referrer");
        var policy = reply.Headers["Content-Security-Policy"].Split("; ");
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("script-src 'self'");
        policy.ShouldContain("connect-src 'self'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldContain("require-trusted-types-for 'script'");
        string.Join(' ', policy).ShouldNotContain("unsafe");

        var head = await server.SendAsync("HEAD", path);
        head.Status.ShouldBe(200);
        head.Text.ShouldBeEmpty();
        head.Headers["Content-Length"].ShouldBe(reply.Headers["Content-Length"]);

        var again = await server.GetAsync(path, ("If-None-Match", reply.Headers["ETag"]));
        again.Status.ShouldBe(304);
        again.Text.ShouldBeEmpty();
        (await server.GetAsync(path, ("If-None-Match", "\"another\""))).Status.ShouldBe(200);
        server.Errors.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/console/nothing.js")]
    [InlineData("/console/index.html")]
    [InlineData("/console/App.js")]
    [InlineData("/console/app.js/")]
    [InlineData("/console/console/app.js")]
    [InlineData("/console/%2e%2e%2fapp.js")]
    [InlineData("/console/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/console/..%5capp.js")]
    [InlineData("/console/.%2fapp.js")]
    [InlineData("/console/app.js%20")]
    [InlineData("/console/app.js::$DATA")]
    [InlineData("/console/../console/../../app.js")]
    [InlineData("/consoles")]
    public async Task What_is_not_one_of_its_files_is_not_there(string path)
    {
        await using var server = await LogServer.StartAsync();
        var exactly = new Uri(server.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var response = await server.Client.GetAsync(exactly);
        var reply = await Reply.OfAsync(response);
        reply.ShouldBeProblem(404, "bad_request").GetProperty("reason").GetString().ShouldBe("no_such_route");
    }

    [Fact]
    public async Task It_cannot_be_changed()
    {
        await using var server = await LogServer.StartAsync();
        (await server.SendAsync("PUT", "/console/app.js")).ShouldBeProblem(405, "bad_request");
        (await server.PostAsync("/console", body: null)).ShouldBeProblem(405, "bad_request");
    }

    [Fact]
    public async Task A_slash_too_many_leads_back_to_the_page_wherever_the_host_has_put_it()
    {
        await using var server = await LogServer.StartAsync();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };
        using var response = await client.GetAsync("/console/");
        response.StatusCode.ShouldBe(HttpStatusCode.PermanentRedirect);
        response.Headers.Location!.OriginalString.ShouldBe("../console");
    }

    [Fact]
    public void Its_files_refer_to_each_other_only_and_never_from_the_root()
    {
        var files = ConsoleFile.LoadAll();
        files.ShouldContainKey("index.html");
        foreach (var (name, file) in files)
        {
            var text = System.Text.Encoding.UTF8.GetString(file.Content);
            var foreign = Address().Matches(text).Select(match => match.Value).Where(address => address != "http://www.w3.org/2000/svg");
            foreign.ShouldBeEmpty(name);
            foreach (Match reference in Reference().Matches(text))
            {
                var target = reference.Groups["target"].Value;
                if (target.StartsWith('#'))
                    continue;

                var prefix = name == "index.html" ? "console/" : "./";
                target.ShouldStartWith(prefix, customMessage: name);
                files.ShouldContainKey(target[prefix.Length..], name);
            }
        }
    }

    [Fact]
    public void No_script_of_it_turns_text_into_markup_or_code()
    {
        foreach (var (name, file) in ConsoleFile.LoadAll())
        {
            var text = System.Text.Encoding.UTF8.GetString(file.Content);
            Markup().Matches(text).ShouldBeEmpty(name);
            text.Count(c => c == '\n').ShouldBeLessThan(200, name);
        }
    }

    [GeneratedRegex(@"(?:https?:|(?<=[""'(])//)[^\s""')]*", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Address();

    [GeneratedRegex(@"(?:^import .* from |^import |\bsrc=|<link[^>]*href=|<a[^>]*href=|import\(|url\()[""']?(?<target>[^""'\s)]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|srcdoc|setAttribute\(['""](?:on|style)|javascript:", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Markup();
}
