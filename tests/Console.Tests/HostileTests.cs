using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace Orleans.Log.Console.Tests;

/// <summary>Records are written by strangers; the console shows what is in them and does nothing of what they say.</summary>
public sealed class HostileTests(ConsoleHost host) : IClassFixture<ConsoleHost>
{
    [ChromiumFact]
    public async Task Markup_is_text_and_marks_that_turn_or_hide_text_can_be_seen()
    {
        await host.CreateAsync("hostile");
        await host.AppendAsync(
            "hostile",
            JsonSerializer.Serialize(new
            {
                records = new object[]
                {
                    new { text = "<script>window.hit=1</script><img src=x onerror='window.hit=1'>" },
                    new { text = "user \u202Egnp.exe\u202C\u0000\u200B end\nnext\u2066", headers = new[] { new[] { "<b>name\u202E", "<i>value\u0007" } } },
                },
            }),
            "application/json");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("hostile");

        await Expect(window.Payload(0)).ToHaveTextAsync("<script>window.hit=1</script><img src=x onerror='window.hit=1'>");
        (await window.Payload(1).TextContentAsync()).ShouldBe("user RLOgnp.exePDF NUL ZWSP endLF\nnextLRI");
        (await window.Payload(1).Locator(".mark").First.GetAttributeAsync("title")).ShouldBe("U+202E");
        (await window.Records.Nth(1).Locator(".headers").TextContentAsync()).ShouldBe("<b>nameRLO <i>valueBEL");
        (await window.Page.Locator("main script, main img, .headers i").CountAsync()).ShouldBe(0);
        (await window.Page.EvaluateAsync<bool>("'hit' in window")).ShouldBeFalse();
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task A_name_in_the_address_that_is_markup_is_refused_like_any_other_wrong_name()
    {
        await using var window = await host.OpenAsync();
        await window.GoAsync("#/streams/" + Uri.EscapeDataString("<img src=x onerror=window.hit=1>"));
        await Expect(window.Problem.First).ToContainTextAsync("bad_request");
        await Expect(window.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("<img src=x onerror=window.hit=1>");
        (await window.Page.EvaluateAsync<bool>("'hit' in window")).ShouldBeFalse();
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task A_payload_is_shown_as_text_json_or_base64_and_json_keeps_every_digit()
    {
        const string json = """{"n":9007199254740993123,"n":1.0,"s":"a{[,:\"b","e":{},"l":[1,[]]}""";
        await host.CreateAsync("forms");
        await host.AppendAsync("forms", """{"text":""" + JsonSerializer.Serialize(json) + "}\n{\"base64\":\"/wA=\"}\n{\"text\":\"\u00e9\"}", "application/x-ndjson");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("forms");
        await Expect(window.Payload(0)).ToHaveTextAsync(json);
        await Expect(window.Records.Nth(1)).ToContainTextAsync("not UTF-8");

        await window.Page.GetByLabel("JSON", new PageGetByLabelOptions { Exact = true }).CheckAsync();
        (await window.Payload(0).TextContentAsync()).ShouldBe(
            "{\n  \"n\": 9007199254740993123,\n  \"n\": 1.0,\n  \"s\": \"a{[,:\\\"b\",\n  \"e\": {},\n  \"l\": [\n    1,\n    []\n  ]\n}");
        await Expect(window.Records.Nth(2)).ToContainTextAsync("not JSON");

        await window.Page.GetByLabel("Base64", new PageGetByLabelOptions { Exact = true }).CheckAsync();
        (await window.Payload(1).TextContentAsync()).ShouldBe("/wA=");
        (await window.Payload(2).TextContentAsync()).ShouldBe("w6k=");
    }

    [ChromiumFact]
    public async Task A_long_payload_is_cut_until_somebody_asks_for_all_of_it()
    {
        await host.CreateAsync("long", new string('x', 50_000));
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("long");
        (await window.Payload(0).TextContentAsync())!.Length.ShouldBeLessThan(2_100);
        await window.ClickAsync("… show all 50,000 characters");
        (await window.Payload(0).TextContentAsync())!.Length.ShouldBe(50_000);
    }

    [ChromiumFact]
    public async Task Events_are_read_whole_however_the_network_cuts_them()
    {
        await using var window = await host.OpenAsync();
        await window.GoAsync("");
        var found = await window.Page.EvaluateAsync<string[]>("""
            async () => {
              const { events } = await import(new URL('console/follower.js', document.baseURI));
              const text = 'event: batch\r\nid: 7,1,20\ndata: {"a":"é"}\n\n: a remark\nevent: ping\ndata: 1\ndata: 2\n\nevent: cut\ndata: off';
              const all = [];
              for (const size of [1, 3, 7, 1000]) {
                const bytes = new TextEncoder().encode(text);
                const body = new ReadableStream({ start(c) { for (let i = 0; i < bytes.length; i += size) c.enqueue(bytes.slice(i, i + size)); c.close(); } });
                const found = [];
                for await (const e of events(body)) found.push(`${e.event}|${e.id}|${e.data}`);
                all.push(found.join(';'));
              }
              return all;
            }
            """);
        found.ShouldAllBe(text => text == "batch|7,1,20|{\"a\":\"é\"};ping|7,1,20|1\n2");
        found.Length.ShouldBe(4);
    }
}
