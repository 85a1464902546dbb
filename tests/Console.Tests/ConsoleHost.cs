using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Standalone.Web;

namespace Orleans.Log.Console.Tests;

/// <summary>The server as Standalone puts it together, on a real node in a folder of its own, and one Chromium for all tests of a class.</summary>
public sealed class ConsoleHost : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orleans-log-console-");
    private LogNode? _node;
    private WebApplication? _app;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public Uri Address => new(_app!.Urls.Single());

    public HttpClient Http { get; } = new();

    public async Task InitializeAsync()
    {
        if (Chromium.Program is null)
            return;

        Assertions.SetDefaultExpectTimeout(30_000);
        var options = new ServerOptions { Urls = ListenAddress.ParseList("http://127.0.0.1:0"), LogLevel = LogLevel.None };
        var builder = WebServer.CreateBuilder(options);
        builder.AddServiceDefaults();
        builder.Services.AddNode(() => _node!, new LogNodeOptions());
        _app = builder.Build();
        _app.StartTelemetry();
        _node = await LogNode.StartAsync(new LogNodeOptions(), new LogNodeHost { Disk = HostDisk.Open(_folder.FullName) });
        _app.MapOrleansLog();
        _app.MapHealth(() => NodeHealth.Of(_node));
        _app.MapMetrics();
        await _app.StartAsync();
        Http.BaseAddress = Address;

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium.Program,
            Args = Chromium.Arguments,
        });
    }

    /// <summary>A window of its own, which remembers what went wrong in it.</summary>
    public async Task<ConsoleWindow> OpenAsync(int width = 1200, int height = 900)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Address.AbsoluteUri,
            TimezoneId = "UTC",
            ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        return new ConsoleWindow(context, await context.NewPageAsync());
    }

    /// <summary>Makes a stream with records, each a line.</summary>
    public async Task CreateAsync(string stream, params IEnumerable<string> lines)
    {
        (await Http.PutAsync($"/v1/streams/{stream}", content: null)).EnsureSuccessStatusCode();
        if (lines.Any())
            await AppendAsync(stream, string.Join('\n', lines), "text/plain");
    }

    public async Task AppendAsync(string stream, string body, string mediaType)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, mediaType);
        (await Http.PostAsync($"/v1/streams/{stream}/records", content)).EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();

        _playwright?.Dispose();
        Http.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();

        if (_node is not null)
            await _node.DisposeAsync();

        _folder.Delete(recursive: true);
    }
}
