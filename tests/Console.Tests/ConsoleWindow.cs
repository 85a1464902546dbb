using System.Collections.Concurrent;
using static Microsoft.Playwright.Assertions;

namespace Orleans.Log.Console.Tests;

/// <summary>One window on the console, in the words of who uses it.</summary>
public sealed class ConsoleWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];

    public ConsoleWindow(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            // An answer that is a problem is a line of the browser's own; a breach of the policy, or anything else, is not.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                _complaints.Enqueue(message.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Records => Page.Locator(".records > li");

    public ILocator Outcome => Page.Locator(".outcome");

    public ILocator Problem => Page.Locator(".problem");

    public ILocator Tail => Page.Locator("section", new PageLocatorOptions { HasText = "Records" });

    public Task GoAsync(string page) => Page.GotoAsync("console" + page);

    /// <summary>Goes to a stream, whose tail is live then.</summary>
    public async Task GoToStreamAsync(string name)
    {
        await GoAsync($"#/streams/{name}");
        await Expect(Page.GetByText("Live", Exactly)).ToBeVisibleAsync();
    }

    public ILocator Payload(long lsn) => Page.Locator($".records > li[data-lsn='{lsn}'] .payload");

    public Task ClickAsync(string button) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }).ClickAsync();

    public async Task AppendAsync(string content)
    {
        await Page.GetByLabel("Records to append").FillAsync(content);
        await ClickAsync("Append");
    }

    /// <summary>Every script of the page ran without an error, and nothing tried what the policy forbids.</summary>
    public void ShouldBeWithoutComplaint() => _complaints.ShouldBeEmpty();

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static readonly PageGetByTextOptions Exactly = new() { Exact = true };
}
