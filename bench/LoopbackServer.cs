using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orleans.Log.Benchmarks;

/// <summary>The HTTP front over a log, in this process, on a free port of the loopback device.</summary>
internal static class LoopbackServer
{
    public static async Task<WebApplication> StartAsync(ILogService log)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Services.AddSingleton(log);
        builder.Services.AddOrleansLogEndpoints();
        var app = builder.Build();
        app.MapOrleansLog();
        await app.StartAsync();
        return app;
    }
}
