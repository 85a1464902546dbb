using static Microsoft.Playwright.Assertions;

namespace Orleans.Log.Console.Tests;

public sealed class TailTests(ConsoleHost host) : IClassFixture<ConsoleHost>
{
    [ChromiumFact]
    public async Task Who_makes_a_stream_and_appends_to_it_sees_the_records_come()
    {
        await using var window = await host.OpenAsync();
        await window.GoAsync("");
        await window.Page.GetByText("New stream").ClickAsync();
        await window.Page.GetByLabel("Name", new PageGetByLabelOptions { Exact = false }).Last.FillAsync("orders");
        await window.ClickAsync("Create");
        await Expect(window.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("orders");

        await window.AppendAsync("apples\npears");
        await Expect(window.Outcome).ToHaveTextAsync("Appended 2 records: LSN 0 to 1, tail 2.");
        await Expect(window.Payload(0)).ToHaveTextAsync("apples");
        await Expect(window.Payload(1)).ToHaveTextAsync("pears");

        await host.AppendAsync("orders", "from elsewhere", "text/plain");
        await Expect(window.Payload(2)).ToHaveTextAsync("from elsewhere");
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task A_paused_tail_stands_still_and_goes_on_where_it_stopped()
    {
        await host.CreateAsync("paused", "a", "b");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("paused");
        await Expect(window.Records).ToHaveCountAsync(2);

        await window.ClickAsync("Pause");
        await host.AppendAsync("paused", "c\nd", "text/plain");
        await Expect(window.Page.GetByText("2 behind the tail")).ToBeVisibleAsync();
        await Expect(window.Records).ToHaveCountAsync(2);

        await window.ClickAsync("Resume");
        await Expect(window.Payload(3)).ToHaveTextAsync("d");
        await Expect(window.Records).ToHaveTextAsync([Ends("a"), Ends("b"), Ends("c"), Ends("d")]);
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task One_can_go_to_an_lsn_and_to_a_time_live_or_leafing()
    {
        var lines = Enumerable.Range(0, 400).Select(i => $$"""{"text":"r{{i}}","timestamp":{{1_700_000_000_000 + (i * 1000L)}}}""");
        await host.CreateAsync("seek");
        await host.AppendAsync("seek", string.Join('\n', lines), "application/x-ndjson");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("seek");
        await Expect(window.Payload(399)).ToHaveTextAsync("r399");
        await Expect(window.Records).ToHaveCountAsync(100);

        await window.Page.GetByLabel("Go to").SelectOptionAsync("lsn");
        await window.Page.GetByLabel("LSN", new PageGetByLabelOptions { Exact = true }).FillAsync("390");
        await window.ClickAsync("Go");
        await Expect(window.Records).ToHaveCountAsync(10);
        await host.AppendAsync("seek", "news", "text/plain");
        await Expect(window.Payload(400)).ToHaveTextAsync("news");

        await window.ClickAsync("Pause");
        await window.Page.GetByLabel("Go to").SelectOptionAsync("time");
        await window.Page.GetByLabel("Time", new PageGetByLabelOptions { Exact = true }).FillAsync("2023-11-14T22:16:40"); // record 200
        await window.ClickAsync("Go");
        await Expect(window.Page.GetByText("Paused at 200 to 299")).ToBeVisibleAsync();
        await Expect(window.Records.First).ToHaveAttributeAsync("data-lsn", "200");
        await window.ClickAsync("Later ›");
        await Expect(window.Records.First).ToHaveAttributeAsync("data-lsn", "300");
        await window.ClickAsync("‹ Earlier");
        await Expect(window.Records.First).ToHaveAttributeAsync("data-lsn", "200");
        await window.ClickAsync("Resume");
        await Expect(window.Payload(400)).ToHaveTextAsync("news");
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task However_much_comes_only_so_many_rows_are_held()
    {
        await host.CreateAsync("many", Enumerable.Range(0, 3000).Select(i => $"r{i}"));
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("many");
        await window.Page.GetByLabel("Go to").SelectOptionAsync("head");
        await window.ClickAsync("Go");
        await Expect(window.Payload(2999)).ToHaveTextAsync("r2999");
        await Expect(window.Records).ToHaveCountAsync(500);
        await Expect(window.Records.First).ToHaveAttributeAsync("data-lsn", "2500");
    }

    [ChromiumFact]
    public async Task What_was_trimmed_is_refused_with_its_reason()
    {
        await host.CreateAsync("trimmed", "a", "b", "c");
        (await host.Http.PostAsync("/v1/streams/trimmed/trim", Json("""{"before":2}"""))).EnsureSuccessStatusCode();
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync("trimmed");
        await window.Page.GetByLabel("Go to").SelectOptionAsync("lsn");
        await window.Page.GetByLabel("LSN", new PageGetByLabelOptions { Exact = true }).FillAsync("1");
        await window.ClickAsync("Go");
        await Expect(window.Problem).ToHaveAttributeAsync("data-code", "trimmed");
        await Expect(window.Problem).ToContainTextAsync("head2");
    }

    [ChromiumFact]
    public async Task A_connection_that_is_lost_is_reported_and_comes_back_by_itself()
    {
        await host.CreateAsync("lost", "a");
        await using var window = await host.OpenAsync();
        await window.Page.RouteAsync("**/lost/records?*", route => route.AbortAsync());
        await window.GoAsync("#/streams/lost");
        await Expect(window.Problem.First).ToContainTextAsync("Connection lost");
        await Expect(window.Problem.First).ToContainTextAsync("retryableyes");

        await window.Page.UnrouteAsync("**/lost/records?*");
        await Expect(window.Payload(0)).ToHaveTextAsync("a");
        await Expect(window.Problem).ToHaveCountAsync(0);
    }

    [ChromiumFact]
    public Task Resumed_tail_of_a_recreated_stream_shows_the_new_one() => RecreateAsync("recreated", _ => Task.CompletedTask);

    [ChromiumFact]
    public Task Tail_resumed_after_a_page_shows_the_recreated_stream() => RecreateAsync("leafed", async window =>
    {
        await window.Page.GetByLabel("Go to").SelectOptionAsync("head");
        await window.ClickAsync("Go");
        await Expect(window.Page.GetByText("Paused at 0 to 1")).ToBeVisibleAsync();
    });

    private async Task RecreateAsync(string name, Func<ConsoleWindow, Task> whilePaused)
    {
        await host.CreateAsync(name, "old a", "old b");
        await using var window = await host.OpenAsync();
        await window.GoToStreamAsync(name);
        await Expect(window.Records).ToHaveCountAsync(2);
        await window.ClickAsync("Pause");
        await whilePaused(window);

        (await host.Http.DeleteAsync($"/v1/streams/{name}")).EnsureSuccessStatusCode();
        await host.CreateAsync(name, "new a", "new b", "new c");
        await window.ClickAsync("Resume");
        await Expect(window.Page.GetByText("The stream was deleted and made anew under its name")).ToBeVisibleAsync();
        await Expect(window.Records).ToHaveTextAsync([Ends("new a"), Ends("new b"), Ends("new c")]);
        window.ShouldBeWithoutComplaint();
    }

    internal static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    private static System.Text.RegularExpressions.Regex Ends(string payload) =>
        new($"B{payload}$", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5));
}
