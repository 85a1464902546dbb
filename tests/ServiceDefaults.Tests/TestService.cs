using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Orleans.Log.ServiceDefaults.Tests;

/// <summary>A service that has switched on the defaults and nothing else, on a port of its own.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestService(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public HttpClient Http { get; private set; } = new();

    public static async Task<TestService> StartAsync(Action<WebApplicationBuilder>? configure = null, params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        foreach (var (name, value) in settings)
            builder.Configuration[name] = value;

        builder.AddServiceDefaults();
        configure?.Invoke(builder);
        var service = new TestService(builder.Build());
        service._app.MapDefaultEndpoints();
        await service._app.StartAsync();
        service.Http = new HttpClient { BaseAddress = new Uri(service._app.Urls.Single()) };
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
