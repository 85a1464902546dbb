using Microsoft.Extensions.Hosting;
using Orleans.Log.Standalone.Settings;

namespace Orleans.Log.Standalone.Web;

/// <summary>
/// The web server, made from nothing: no configuration of ASP.NET's own is read, so that no variable or file of it can open an address
/// or lift a bound that <see cref="KestrelLimits"/> has set.
/// </summary>
internal static class WebServer
{
    public static WebApplication Build(StandaloneOptions options, Action<IServiceCollection> addServices)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Orleans.Log.Standalone", EnvironmentName = "Production" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => KestrelLimits.Apply(server, options));
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        AddLogging(builder.Logging, options);
        builder.Services.AddOrleansLogEndpoints(api =>
        {
            (api.AppendTimeout, api.PingInterval) = (options.Api.AppendTimeout, options.Api.PingInterval);
            api.RequestBodyBytes = options.Api.RequestBodyBytes;
            foreach (var origin in options.Api.AllowedOrigins)
                api.AllowedOrigins.Add(origin);

            foreach (var host in options.Hosts())
                api.AllowedHosts.Add(host);
        });
        addServices(builder.Services);
        return builder.Build();
    }

    /// <summary>
    /// A shutdown begins with the node: new appends are refused as draining, with a hint to come again, and those that wait for the tail get their
    /// answer, so that the server's own patience is spent on requests that still have something to do.
    /// </summary>
    public static void DrainFirst(this WebApplication server, IAsyncDisposable node) =>
        server.Lifetime.ApplicationStopping.Register(() => _ = node.DisposeAsync().AsTask());

    /// <summary>The log that is made before the server is, for the node's start.</summary>
    public static ILoggerFactory Logging(StandaloneOptions options)
    {
        var logs = LoggerFactory.Create(logging => AddLogging(logging, options));
        logs.CreateLogger("Orleans.Log.Standalone").LogInformation(
            "Data directory: {Directory}; blob store: {Blobs}", options.DataDirectory(), options.BlobDirectory() ?? "none");
        return logs;
    }

    private static void AddLogging(ILoggingBuilder logging, StandaloneOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);

        // Per request the server has nothing to say that metrics and traces do not say better.
        logging.AddFilter("Microsoft.AspNetCore", options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning);

        // What it would say in many lines, Program says in one and with an exit code.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
    }
}
