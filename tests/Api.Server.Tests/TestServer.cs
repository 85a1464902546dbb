using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>The real web server, with its real bounds, on a free loopback port.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app) => _app = app;

    public HttpClient Http { get; } = new();

    public Uri Address => Http.BaseAddress!;

    public static async Task<TestServer> StartAsync(Action<WebApplication> map, Action<ServerOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var options = new ServerOptions { Urls = ListenAddress.ParseList("http://127.0.0.1:0"), LogLevel = LogLevel.None };
        configure?.Invoke(options);
        var builder = WebServer.CreateBuilder(options);
        builder.AddServiceDefaults();
        services ??= log => log.AddSingleton<ILogService>(new VolatileLogService(TimeProvider.System));
        services(builder.Services);
        var app = builder.Build();
        map(app);
        var server = new TestServer(app);
        await app.StartAsync();
        server.Http.BaseAddress = new Uri(app.Urls.First());
        return server;
    }

    /// <summary>Stops it as SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
