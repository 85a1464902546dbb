using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Conformance;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>
/// The endpoints on a real Kestrel in this process, over a log that survives the server, with a middleware that loses, refuses and stalls
/// appends as it is told.
/// </summary>
internal sealed class KestrelLog : HttpLog, ILogWithFaults
{
    private readonly IBackingLog _backing;
    private WebApplication? _app;
    private int _port;
    private int _sessionsOpened;
    private int _requests;

    private KestrelLog(IBackingLog backing, bool sessions)
    {
        _backing = backing;
        Sessions = sessions;
    }

    public Disturbances Disturbances { get; } = new(seed: 11_20);

    public Uri Endpoint => Address;

    /// <summary>Sessions that were opened so far.</summary>
    public int SessionsOpened => _sessionsOpened;

    /// <summary>Appends that came as requests so far.</summary>
    public int Requests => _requests;

    /// <summary>What stands between the clients and the sessions: the answer to the upgrade instead of the server's, if there is one.</summary>
    public Func<HttpContext, Task>? Proxy { get; set; }

    protected override Uri Address => new($"http://127.0.0.1:{_port}");

    protected override bool Sessions { get; }

    public static async Task<KestrelLog> StartAsync(IBackingLog backing, bool sessions = true)
    {
        var log = new KestrelLog(backing, sessions);
        await log.RestartAsync();
        return log;
    }

    // A stop without patience: Kestrel breaks every connection.
    public override Task KillAsync() => StopAsync(new CancellationToken(canceled: true));

    /// <summary>Stops the server as its host would.</summary>
    public Task StopAsync() => StopAsync(CancellationToken.None);

    public override async Task RestartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        builder.Services.AddSingleton<ILogService>(new DisturbedSessions(await _backing.StartAsync(), Disturbances));
        builder.Services.AddOrleansLogEndpoints();
        var app = builder.Build();
        app.Use(DisturbAsync);
        app.MapOrleansLog();
        await app.StartAsync();
        _port = new Uri(app.Urls.Single()).Port;
        _app = app;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_app is not null)
            await KillAsync();

        await _backing.DisposeAsync();
    }

    private async Task StopAsync(CancellationToken patience)
    {
        await _app!.StopAsync(patience);
        await _app.DisposeAsync();
        _app = null;
        await _backing.KillAsync();
    }

    private async Task DisturbAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value!.EndsWith("/session", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _sessionsOpened);
            DisturbedSessions.Current = context;
            context.Features.Set<IHttpUpgradeFeature>(new HastyUpgrade(context.Features.GetRequiredFeature<IHttpUpgradeFeature>()));
            await (Proxy is { } proxy ? proxy(context) : next(context));
            return;
        }

        if (context.Request.Method != HttpMethods.Post || !context.Request.Path.Value!.EndsWith("/records", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        Interlocked.Increment(ref _requests);
        if (Disturbances.Happens(Disturbances.LoseRequest))
        {
            context.Abort();
            return;
        }

        if (Disturbances.Happens(Disturbances.Refuse))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = WireMediaTypes.Problem;
            await context.Response.WriteAsync("""{"code":"overloaded","retryable":true,"side_effects":"none"}""");
            return;
        }

        await Disturbances.PassAsync(context.RequestAborted);
        if (!Disturbances.Happens(Disturbances.LoseAcknowledgement))
        {
            await next(context);
            return;
        }

        // Carried out, with the answer going nowhere.
        context.Response.Body = new MemoryStream();
        await next(context);
        context.Abort();
    }
}

/// <summary>The log behind a server that is killed and started again.</summary>
internal interface IBackingLog : IAsyncDisposable
{
    /// <summary>Opens it, with everything that it had acknowledged.</summary>
    Task<ILogService> StartAsync();

    /// <summary>Drops it without a goodbye.</summary>
    Task KillAsync();
}
