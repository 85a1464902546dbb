using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orleans.Log.Cli.Tests;

/// <summary>A real server on a port of the loopback address, in this process, over a log that outlives it.</summary>
internal sealed class LogServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LogServer(WebApplication app) => (_app, Url) = (app, app.Urls.Single());

    /// <summary>Address to give to --server.</summary>
    public string Url { get; }

    /// <summary>Port, to start another one in the same place.</summary>
    public int Port => new Uri(Url).Port;

    /// <param name="log">What it serves.</param>
    /// <param name="port">0 = any.</param>
    /// <param name="before">Runs before each request; may refuse it.</param>
    /// <param name="view">Who holds the streams, if it can say.</param>
    public static async Task<LogServer> StartAsync(ILogService log, int port = 0, Func<HttpContext, RequestDelegate, Task>? before = null, IClusterView? view = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton(log);
        if (view is not null)
            builder.Services.AddSingleton(view);

        builder.Services.AddOrleansLogEndpoints();
        var app = builder.Build();
        if (before is not null)
            app.Use(next => context => before(context, next));

        app.MapOrleansLog();
        await app.StartAsync();
        return new LogServer(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
