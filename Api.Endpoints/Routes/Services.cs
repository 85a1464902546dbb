using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Outcomes;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>What the handlers need, resolved once when the routes are mapped. Every handler is stateless.</summary>
internal sealed class Services
{
    public Services(IServiceProvider provider)
    {
        Log = provider.GetRequiredService<ILogService>();
        Cluster = provider.GetService<IClusterView>();
        Options = provider.GetRequiredService<IOptions<OrleansLogEndpointOptions>>().Value;
        Options.Validate();
        Time = provider.GetService<TimeProvider>() ?? TimeProvider.System;
        Outcomes = new OutcomeWaits(Time, Options.AppendTimeout);
        Bodies = provider.GetRequiredService<BodyBudget>();
        Pages = provider.GetRequiredService<PageBudget>();
        Origins = provider.GetRequiredService<OriginPolicy>();
        Instruments = provider.GetRequiredService<EndpointInstruments>();
        Logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Orleans.Log.Api.Endpoints");
        Stopping = provider.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
    }

    public ILogService Log { get; }

    /// <summary>Who holds the streams, if the host can say.</summary>
    public IClusterView? Cluster { get; }

    public OrleansLogEndpointOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>Of appends.</summary>
    public OutcomeWaits Outcomes { get; }

    public BodyBudget Bodies { get; }

    public PageBudget Pages { get; }

    public OriginPolicy Origins { get; }

    public EndpointInstruments Instruments { get; }

    public ILogger Logger { get; }

    /// <summary>The host is shutting down: whoever waits must stop waiting, or it waits for them.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>The stream's name from the path, before anything else is looked at.</summary>
    public static StreamName Name(HttpContext context)
    {
        var name = StreamName.Parse(context.GetRouteValue("stream") as string);
        Activity.Current?.SetTag("orleans_log.stream", name.Value);
        return name;
    }

    /// <summary>The stream of the path.</summary>
    public ValueTask<ILogStream> OpenAsync(HttpContext context) => Log.OpenAsync(Name(context), context.RequestAborted);

    /// <summary>The stream of that name, if it is the one with that identity or none is given.</summary>
    public async ValueTask<ILogStream> OpenAsync(StreamName name, string? id, CancellationToken cancellationToken)
    {
        var stream = await Log.OpenAsync(name, cancellationToken);
        return id is null || string.Equals(id, stream.Id.ToString(), StringComparison.Ordinal)
            ? stream
            : throw Refusal.OtherStream();
    }

    /// <summary>The outcome of something that was ordered, or <see cref="LogErrorCode.TimedOut"/>; it goes on all the same.</summary>
    public async ValueTask<T> BoundedAsync<T>(ValueTask<T> ordered)
    {
        if (ordered.IsCompleted)
            return await ordered;

        try
        {
            return await ordered.AsTask().WaitAsync(Options.AppendTimeout, Time);
        }
        catch (TimeoutException e)
        {
            throw OutcomeWaits.OutOfTime(e);
        }
    }
}
