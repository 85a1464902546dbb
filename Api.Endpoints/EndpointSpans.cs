using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints;

/// <summary>
/// Spans of what callers ask for (activity source <c>OrleansLog</c>), one for each request that reaches a route, inside of the web server's own. Their names are
/// few: the operation and the path with <c>{stream}</c> in it. The stream's own name is an attribute. While nobody listens, a request costs one test more.
/// </summary>
internal static class EndpointSpans
{
    /// <summary>The source that all of Orleans.Log shares by name.</summary>
    public const string SourceName = "OrleansLog";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>A handler that is seen as one operation.</summary>
    public static RequestDelegate Around(RequestDelegate handler, SpanOperation operation) =>
        context => Source.HasListeners() ? RunAsync(context, handler, operation) : handler(context);

    /// <summary>The operation that is under way turns out to be another one.</summary>
    public static void Become(SpanOperation operation)
    {
        if (Activity.Current is { } current && ReferenceEquals(current.Source, Source))
            operation.Describe(current);
    }

    private static async Task RunAsync(HttpContext context, RequestDelegate handler, SpanOperation operation)
    {
        using var activity = Source.StartActivity(operation.SpanName);
        if (activity is null)
        {
            await handler(context);
            return;
        }

        operation.Describe(activity);
        if (context.Request.RouteValues.TryGetValue("stream", out var stream))
            activity.SetTag("messaging.destination.name", stream);

        try
        {
            await handler(context);
        }
        catch (Exception error) when (Note(activity, context, error))
        {
            throw;
        }
        finally
        {
            // Streams of events and lines say themselves how they ended, once their answer has begun.
            if (activity.GetTagItem("error.type") is string code)
                activity.SetStatus(ActivityStatusCode.Error, code);
        }
    }

    // A caller that has gone away is no failure.
    private static bool Note(Activity activity, HttpContext context, Exception error)
    {
        if (!context.RequestAborted.IsCancellationRequested)
            activity.SetTag("error.type", LogErrors.WireName(Problem.CodeOf(error)));

        return true;
    }
}

/// <summary>What a span is called and says, in the words of OpenTelemetry's messaging conventions.</summary>
/// <param name="Name">The operation.</param>
/// <param name="Template">The path, with {stream} for the stream.</param>
/// <param name="Type">send or receive; null for what is neither.</param>
internal sealed record SpanOperation(string Name, string Template, string? Type = null)
{
    /// <summary>Name of the span.</summary>
    public string SpanName { get; } = $"{Name} {Template}";

    /// <summary>Gives a span its name and attributes.</summary>
    public void Describe(Activity activity)
    {
        activity.DisplayName = SpanName;
        activity.SetTag("messaging.system", "orleans_log");
        activity.SetTag("messaging.operation.name", Name);
        activity.SetTag("messaging.operation.type", Type);
        activity.SetTag("messaging.destination.template", Template);
    }
}
