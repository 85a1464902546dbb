using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Server.Connections;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Server;

/// <summary>
/// The web server, made from nothing: no configuration of ASP.NET's own is read, so that no variable or file of it can open an address
/// or lift a bound that <see cref="KestrelLimits"/> has set.
/// </summary>
public static class WebServer
{
    /// <summary>A host with the server and the API's services in it; still without a log.</summary>
    /// <param name="options">Validated.</param>
    public static WebApplicationBuilder CreateBuilder(ServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Orleans.Log", EnvironmentName = "Production" });
        var connections = new ConnectionBudget(options, DescriptorLimit.Read());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => KestrelLimits.Apply(server, options, connections));
        AddTransport(builder.Services, options, connections);
        builder.Services.AddRouting();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<GracefulStop>();
        builder.Services.AddHostedService<HangupStop>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        AddLogging(builder.Logging, options);
        builder.Services.AddOrleansLogEndpoints(api =>
        {
            (api.AppendTimeout, api.PingInterval) = (options.Api.AppendTimeout, options.Api.PingInterval);
            (api.RequestBodyBytes, api.ResponseBodyBytes, api.MaxSessions) = (options.Api.RequestBodyBytes, options.Api.ResponseBodyBytes, connections.MaxSessions);
            foreach (var origin in options.Api.AllowedOrigins)
                api.AllowedOrigins.Add(origin);

            foreach (var host in options.Hosts())
                api.AllowedHosts.Add(host);
        });
        return builder;
    }

    /// <summary>
    /// A shutdown begins with the node: new appends are refused as draining, with a hint to come again, and those that wait for the tail get their
    /// answer, so that the server's own patience is spent on requests that still have something to do.
    /// </summary>
    public static void DrainFirst(this WebApplication server, IAsyncDisposable node) =>
        server.Lifetime.ApplicationStopping.Register(() => _ = node.DisposeAsync().AsTask());

    private static void AddTransport(IServiceCollection services, ServerOptions options, ConnectionBudget connections)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.Configure<SocketTransportOptions>(KestrelLimits.Apply);
        services.AddSingleton(connections);
        services.AddSingleton(provider => new WriteWatch(provider.GetRequiredService<TimeProvider>(), options.WriteTimeout));
        services.AddSingleton<IConnectionListenerFactory, BoundedListenerFactory>();
        services.AddHostedService<ConnectionReport>();
    }

    private static void AddLogging(ILoggingBuilder logging, ServerOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);

        // Per request the server has nothing to say that metrics and traces do not say better.
        logging.AddFilter("Microsoft.AspNetCore", options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning);

        // What it would say in many lines, Program says in one and with an exit code.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        logging.AddServiceConsole();
    }
}
