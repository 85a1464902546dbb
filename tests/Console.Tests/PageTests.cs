using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Orleans.Log.Console.Tests;

public sealed class PageTests(ConsoleHost host) : IClassFixture<ConsoleHost>
{
    [ChromiumFact]
    public async Task The_list_is_filtered_by_prefix_and_shown_page_by_page()
    {
        for (var i = 0; i < 60; i++)
            await host.CreateAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"page-{i:00}"));

        await host.CreateAsync("other");
        await using var window = await host.OpenAsync();
        await window.GoAsync("");
        await window.Page.GetByLabel("Name begins with").FillAsync("page-");
        await window.ClickAsync("Filter");
        var rows = window.Page.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(50);
        await Expect(rows.First).ToContainTextAsync("page-00");
        await window.Page.GetByText("Next page").ClickAsync();
        await Expect(rows).ToHaveCountAsync(10);
        await window.Page.GoBackAsync();
        await Expect(rows).ToHaveCountAsync(50);

        await window.Page.GetByLabel("Name begins with").FillAsync("page-5");
        await window.Page.GetByLabel("Name begins with").PressAsync("Enter");
        await Expect(rows).ToHaveCountAsync(10);
        await rows.Nth(9).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(window.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("page-59");
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task A_stream_that_exists_or_may_not_be_named_so_is_not_made()
    {
        await host.CreateAsync("there");
        await using var window = await host.OpenAsync();
        await window.GoAsync("");
        await window.Page.GetByText("New stream").ClickAsync();
        var name = window.Page.Locator("details.create input[name=name]");
        await name.FillAsync("there");
        await window.ClickAsync("Create");
        await Expect(window.Problem).ToHaveAttributeAsync("data-code", "stream_exists");
        await name.FillAsync("a b");
        await window.ClickAsync("Create");
        await Expect(window.Problem).ToHaveAttributeAsync("data-code", "bad_request");
    }

    [ChromiumFact]
    public async Task The_node_shows_its_state_and_plots_what_it_does()
    {
        await host.CreateAsync("measured");
        await using var window = await host.OpenAsync();
        await window.GoAsync("#/node");
        await Expect(window.Page.Locator("[data-fact=state]")).ToContainTextAsync("ready");
        await Expect(window.Page.Locator("#health")).ToHaveTextAsync("ready");

        // The line is no longer flat once a sample has seen an append.
        using var seen = new CancellationTokenSource();
        var writing = WriteUntilAsync("measured", seen.Token);
        var line = window.Page.Locator("figure", new PageLocatorOptions { HasText = "Records appended" }).Locator("polyline").First;
        try
        {
            await Expect(line).ToHaveAttributeAsync("points", Pattern(@",(\d+\.\d) .*,(?!\1)"));
        }
        finally
        {
            await seen.CancelAsync();
            await writing;
        }

        await Expect(window.Page.GetByRole(AriaRole.Img, new PageGetByRoleOptions { NameRegex = Pattern("^WAL size: [1-9]") })).ToBeVisibleAsync();
        await Expect(window.Page.Locator("figure", new PageLocatorOptions { HasText = "Append latency" }).Locator("polyline, circle").First).ToBeAttachedAsync();
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task A_host_without_metrics_and_health_says_so_and_one_that_does_not_answer_too()
    {
        await using var window = await host.OpenAsync();
        await window.Page.RouteAsync("**/metrics", route => route.FulfillAsync(new RouteFulfillOptions { Status = 404 }));
        await window.Page.RouteAsync("**/health", route => route.FulfillAsync(new RouteFulfillOptions { Status = 404 }));
        await window.GoAsync("#/node");
        await Expect(window.Page.GetByText("This host has no /metrics that the console can read.")).ToBeVisibleAsync();
        await Expect(window.Page.GetByText("This host has no /health.")).ToBeVisibleAsync();

        await window.Page.RouteAsync("**/v1/**", route => route.AbortAsync());
        await window.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Streams", Exact = true }).ClickAsync();
        await Expect(window.Problem).ToHaveAttributeAsync("data-code", "no_answer");
        window.ShouldBeWithoutComplaint();
    }

    [ChromiumFact]
    public async Task A_quantile_is_interpolated_within_its_bucket()
    {
        await using var window = await host.OpenAsync();
        var scrape = 0;
        await window.Page.RouteAsync("**/metrics", route => route.FulfillAsync(new RouteFulfillOptions
        {
            Body = scrape++ == 0
                ? "orleans_log_x_bucket{le=\"1\"} 5\norleans_log_x_bucket{le=\"2\"} 5\norleans_log_x_bucket{le=\"+Inf\"} 5\n"
                : "# a remark\norleans_log_x_bucket{a=\"b,\",le=\"1\"} 15\norleans_log_x_bucket{le=\"2\"} 25\norleans_log_x_bucket{le=\"+Inf\"} 26\n",
        }));
        await window.GoAsync("");
        var found = await window.Page.EvaluateAsync<double[]>("""
            async () => {
              const { Samples } = await import(new URL('console/metrics.js', document.baseURI));
              const samples = new Samples();
              await samples.take();
              await samples.take();
              return [0.25, 0.75, 1].map(q => samples.quantile('orleans_log_x', q)[0][1]);
            }
            """);
        found.ShouldBe([0.525, 1.575, 2], tolerance: 1e-9);
    }

    [ChromiumFact]
    public async Task It_fits_a_phone_and_works_below_any_path()
    {
        await host.CreateAsync("small", new string('w', 300));
        await using var window = await host.OpenAsync(width: 360, height: 740);
        foreach (var page in new[] { "", "#/streams/small", "#/node" })
        {
            await window.GoAsync(page);
            await Expect(window.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToBeVisibleAsync();
            (await window.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBe(360, page);
        }

        // A proxy that has the server below a path of its own.
        await window.Page.RouteAsync("**/deep/down/**", async route =>
        {
            var answer = await route.FetchAsync(new RouteFetchOptions { Url = route.Request.Url.Replace("/deep/down/", "/", StringComparison.Ordinal) });
            await route.FulfillAsync(new RouteFulfillOptions { Response = answer });
        });
        await window.Page.GotoAsync("deep/down/console");
        await Expect(window.Page.Locator("tbody").GetByText("small")).ToBeVisibleAsync();
        window.ShouldBeWithoutComplaint();
    }

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.None, TimeSpan.FromSeconds(5));

    private async Task WriteUntilAsync(string stream, CancellationToken seen)
    {
        while (!seen.IsCancellationRequested)
            await host.AppendAsync(stream, "x", "text/plain");
    }
}
