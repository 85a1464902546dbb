using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Playwright;
using Orleans.Log.Testing.Browser;

namespace Orleans.Log.AppHost.Tests;

/// <summary>The AppHost as a developer runs it. One long scenario, because a start takes most of a minute.</summary>
public sealed class RunningTests
{
    private const int Streams = 6;

    [ChromiumFact]
    public async Task Cluster_serves_and_recovers_a_killed_silo_under_the_orchestrator()
    {
        await using var cluster = await RunningCluster.StartAsync();
        using var front = cluster.Front();
        for (var i = 0; i < Streams; i++)
            await AppendAsync(front, $"orders-{i}", "apples\npears");

        (await RecordsAsync(front, "orders-0")).ShouldBe(["apples", "pears"]);
        (await DashboardNamesAsync(await cluster.DashboardAsync())).ShouldBe(["silo-1", "silo-2", "silo-3", "api"], ignoreOrder: true);

        var snapshot = await cluster.CommandAsync("api", SnapshotCommand.Name);
        snapshot.Success.ShouldBeTrue(snapshot.Message);

        await cluster.KillAsync("silo-2");
        cluster.OfferedCommands("silo-2").ShouldContain(KnownResourceCommands.StartCommand);
        var start = await cluster.CommandAsync("silo-2", KnownResourceCommands.StartCommand);
        start.Success.ShouldBeTrue(start.Message);
        await cluster.UntilHealthyAsync("silo-2");

        for (var i = 0; i < Streams; i++)
        {
            (await RecordsAsync(front, $"orders-{i}")).ShouldBe(["apples", "pears"]);
            await AppendAsync(front, $"orders-{i}", "plums");
        }
    }

    private static async Task AppendAsync(HttpClient front, string stream, string lines)
    {
        (await front.PutAsync($"/v1/streams/{stream}", content: null)).EnsureSuccessStatusCode();
        using var body = new StringContent(lines, Encoding.UTF8, "text/plain");
        var answer = await front.PostAsync($"/v1/streams/{stream}/records", body);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<List<string>> RecordsAsync(HttpClient front, string stream)
    {
        var page = await front.GetFromJsonAsync<JsonElement>($"/v1/streams/{stream}/records");
        return [.. page.GetProperty("records").EnumerateArray().Select(static record => record.GetProperty("text").GetString()!)];
    }

    /// <summary>The names of the services in the dashboard's table of resources, once all four are there.</summary>
    private static async Task<IReadOnlyList<string>> DashboardNamesAsync(Uri dashboard)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium.Program,
            Args = Chromium.Arguments,
        });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 720 } });
        await page.GotoAsync(dashboard.AbsoluteUri);
        var rows = page.Locator("[role=row]").Filter(new LocatorFilterOptions { HasText = "Running" });
        await rows.Nth(3).WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        if (Environment.GetEnvironmentVariable("ORLEANS_LOG_PICTURE") is { } picture)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = picture });

        var texts = await rows.AllInnerTextsAsync();
        return [.. texts.Select(static text => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[0])];
    }
}
