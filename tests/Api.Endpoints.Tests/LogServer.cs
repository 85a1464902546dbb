using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>The endpoints on a real Kestrel on a free port, over a log that the test chooses.</summary>
public sealed class LogServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LogServer(WebApplication app, ScriptedLogService log, ManualTimeProvider time)
    {
        _app = app;
        Log = log;
        Time = time;
        Address = new Uri(app.Urls.Single());
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public ScriptedLogService Log { get; }

    public ManualTimeProvider Time { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>Whose meters are this server's and no other's.</summary>
    public IMeterFactory Meters => _app.Services.GetRequiredService<IMeterFactory>();

    public ServerLog Errors { get; private init; } = null!;

    public ScriptedView View { get; private init; } = null!;

    public static async Task<LogServer> StartAsync(Action<OrleansLogEndpointOptions>? configure = null, Func<TimeProvider, Task<ILogService>>? log = null, bool hasView = true)
    {
        var time = new ManualTimeProvider();
        var scripted = new ScriptedLogService(log is null ? new VolatileLogService(time) : await log(time));
        var errors = new ServerLog();
        var view = new ScriptedView();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddLogging(logging => logging.AddProvider(errors));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<ILogService>(scripted);
        if (hasView)
            builder.Services.AddSingleton<IClusterView>(view);
        builder.Services.AddOrleansLogEndpoints(configure);
        var app = builder.Build();
        app.MapOrleansLog();
        await app.StartAsync();
        return new LogServer(app, scripted, time) { Errors = errors, View = view };
    }

    /// <summary>Stops the server as its host would.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <summary>Sends a request and reads the whole answer.</summary>
    public async Task<Reply> SendAsync(string method, string path, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                body!.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync("GET", path, body: null, headers);

    public Task<Reply> PostAsync(string path, HttpContent? body, params (string Name, string Value)[] headers) => SendAsync("POST", path, body, headers);

    /// <summary>Makes a stream.</summary>
    public async Task CreateAsync(string stream) => (await SendAsync("PUT", $"/v1/streams/{stream}")).Status.ShouldBe(201);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>Those who hold the streams are whom the test says.</summary>
    public sealed class ScriptedView : IClusterView
    {
        public ClusterDescription Cluster { get; set; } = new(Id: null, [], []);

        public ValueTask<ClusterDescription> DescribeAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Cluster);
    }

    /// <summary>What the server logged as an error: a test that expects none asserts that it is empty.</summary>
    public sealed class ServerLog : ILoggerProvider, ILogger
    {
        private readonly List<string> _errors = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_errors)
                    return [.. _errors];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;

            lock (_errors)
                _errors.Add($"{formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
