using System.Diagnostics.Metrics;
using Orleans.Log.Api.Endpoints.Bodies;

namespace Orleans.Log.Api.Endpoints;

/// <summary>What the HTTP face measures itself. Durations and sizes of requests are ASP.NET's own instruments, those of appends the engine's.</summary>
internal sealed class EndpointInstruments
{
    /// <summary>The meter that all of Orleans.Log shares.</summary>
    public const string MeterName = "OrleansLog";

    private readonly Counter<long> _problems;
    private readonly UpDownCounter<long> _followers;
    private readonly UpDownCounter<long> _sessions;

    public EndpointInstruments(IMeterFactory factory, BodyBudget bodies, PageBudget pages)
    {
        var meter = factory.Create(MeterName);
        _problems = meter.CreateCounter<long>("orleans_log.http.problems", "{problem}", "Requests, and appends of sessions, answered with a problem, by code.");
        _followers = meter.CreateUpDownCounter<long>("orleans_log.http.followers", "{connection}", "Open event streams.");
        _sessions = meter.CreateUpDownCounter<long>("orleans_log.http.sessions", "{connection}", "Open appender sessions.");
        meter.CreateObservableUpDownCounter("orleans_log.http.request_bodies", () => bodies.Held, "By", "Bytes of request bodies, and of appends of sessions that wait, held in memory.");
        meter.CreateObservableUpDownCounter("orleans_log.http.response_bodies", () => pages.Held, "By", "Bytes of records held in memory until clients take them.");
    }

    public void OnProblem(string code, int status) =>
        _problems.Add(1, new KeyValuePair<string, object?>("code", code), new KeyValuePair<string, object?>("http.response.status_code", status));

    public void OnFollowerOpened() => _followers.Add(1);

    public void OnFollowerClosed() => _followers.Add(-1);

    public void OnSessionOpened() => _sessions.Add(1);

    public void OnSessionClosed() => _sessions.Add(-1);
}
