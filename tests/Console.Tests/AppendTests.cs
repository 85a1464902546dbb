using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace Orleans.Log.Console.Tests;

public sealed class AppendTests(ConsoleHost host) : IClassFixture<ConsoleHost>
{
    [ChromiumFact]
    public async Task A_sealed_stream_says_why_it_takes_nothing()
    {
        await host.CreateAsync("sealed", "a");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("sealed");
        await window.ClickAsync("Seal…");
        await window.ClickAsync("Seal");
        await Expect(window.Page.GetByText("Sealed at 1.")).ToBeVisibleAsync();
        await Expect(window.Page.GetByText("Sealed: this is the end")).ToBeVisibleAsync();

        await window.AppendAsync("b");
        await Expect(window.Outcome.Locator(".problem")).ToHaveAttributeAsync("data-code", "stream_sealed");
        await Expect(window.Outcome).ToContainTextAsync("retryableno");
        await Expect(window.Outcome).ToContainTextAsync("side effectsnone");
        await Expect(window.Outcome).ToContainTextAsync("tail1");
        await Expect(window.Page.GetByLabel("Records to append")).ToHaveValueAsync("b");
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task A_json_record_goes_out_as_it_was_typed_and_under_its_conditions()
    {
        await host.CreateAsync("typed", "a");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("typed");
        await window.Page.GetByLabel("JSON record").CheckAsync();
        await window.AppendAsync("""{"json": {"n": 9007199254740993123}, "headers": [["k", "v"]]}""");
        await Expect(window.Outcome).ToHaveTextAsync("Appended 1 record: LSN 1, tail 2.");
        await Expect(window.Payload(1)).ToHaveTextAsync("""{"n": 9007199254740993123}""");

        await window.Page.GetByLabel("Only if the tail is").FillAsync("1");
        await window.AppendAsync("""{"text": "late"}""");
        await Expect(window.Outcome.Locator(".problem")).ToHaveAttributeAsync("data-code", "append_condition_failed");
        await Expect(window.Outcome).ToContainTextAsync("expected_tail1");
        await window.AppendAsync("{");
        await Expect(window.Outcome).ToContainTextAsync("This is not JSON");
        await window.AppendAsync("""{"text": "a", "json": 1}""");
        await Expect(window.Outcome.Locator(".problem")).ToHaveAttributeAsync("data-code", "bad_record");
    }

    [ChromiumFact]
    public async Task A_fenced_stream_takes_what_carries_the_token_and_the_keyboard_is_enough()
    {
        await host.CreateAsync("fenced");
        (await host.Http.PostAsync("/v1/streams/fenced/fence", TailTests.Json("""{"token":"schlüssel 鍵"}"""))).EnsureSuccessStatusCode();
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("fenced");
        var box = window.Page.GetByLabel("Records to append");
        await box.FocusAsync();
        await window.Page.Keyboard.TypeAsync("x");
        await window.Page.Keyboard.PressAsync("Control+Enter");
        await Expect(window.Outcome.Locator(".problem")).ToHaveAttributeAsync("data-code", "fenced");
        await window.Page.Keyboard.PressAsync("Tab");
        await window.Page.Keyboard.PressAsync("Tab");
        await window.Page.Keyboard.InsertTextAsync("schlüssel 鍵");
        await window.Page.Keyboard.PressAsync("Enter");
        await Expect(window.Outcome).ToHaveTextAsync("Appended 1 record: LSN 0, tail 1.");
    }

    [ChromiumFact]
    public async Task A_batch_whose_answer_was_lost_is_sent_again_without_being_doubled()
    {
        await host.CreateAsync("doubt");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("doubt");
        var lost = 0;
        await window.Page.RouteAsync("**/doubt/records", async route =>
        {
            await route.FetchAsync();
            await route.AbortAsync();
            lost++;
        });
        await window.AppendAsync("once");
        await Expect(window.Outcome.Locator(".problem")).ToHaveAttributeAsync("data-code", "no_answer");
        await Expect(window.Outcome).ToContainTextAsync("side effectspossible");
        await Expect(window.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Append", Exact = true })).ToBeDisabledAsync();

        await window.Page.UnrouteAsync("**/doubt/records");
        await window.ClickAsync("Send again (cannot be doubled)");
        await Expect(window.Outcome).ToHaveTextAsync("Appended 1 record: LSN 0, tail 1. The first attempt had arrived; nothing was doubled.");
        lost.ShouldBe(1);
        await window.AppendAsync("next");
        await Expect(window.Outcome).ToHaveTextAsync("Appended 1 record: LSN 1, tail 2.");
        await Expect(window.Records).ToHaveCountAsync(2);
    }

    [ChromiumFact]
    public async Task Trimming_and_deleting_ask_first()
    {
        await host.CreateAsync("asked", "a", "b", "c");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("asked");

        await window.ClickAsync("Trim…");
        await window.Page.GetByLabel("Give up everything below LSN").FillAsync("9");
        await window.ClickAsync("Trim");
        await Expect(window.Problem).ToHaveAttributeAsync("data-code", "unwritten");
        await window.ClickAsync("Trim…");
        await window.Page.GetByLabel("Give up everything below LSN").FillAsync("2");
        await window.ClickAsync("Trim");
        await Expect(window.Page.GetByText("Trimmed: the head is 2.")).ToBeVisibleAsync();

        await window.ClickAsync("Delete…");
        await window.Page.Keyboard.PressAsync("Escape");
        await window.ClickAsync("Delete…");
        var typed = window.Page.GetByLabel("Type the name of the stream to go on");
        await typed.FillAsync("another");
        await window.ClickAsync("Delete");
        await Expect(window.Page.GetByText("That is not its name.")).ToBeVisibleAsync();
        (await host.Http.GetAsync("/v1/streams/asked")).IsSuccessStatusCode.ShouldBeTrue();
        await typed.FillAsync("asked");
        await window.ClickAsync("Delete");
        await Expect(window.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("Streams");
        ((int)(await host.Http.GetAsync("/v1/streams/asked")).StatusCode).ShouldBe(404);
        window.ShouldBeWithoutComplaint();
    }
}
