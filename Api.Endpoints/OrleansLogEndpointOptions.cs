using Orleans.Log.Api.Endpoints.Bodies;

namespace Orleans.Log.Api.Endpoints;

/// <summary>How the HTTP face behaves. Every default is valid.</summary>
public sealed class OrleansLogEndpointOptions
{
    /// <summary>
    /// Origins (<c>https://host:port</c>) whose pages may use the API from a browser; <c>*</c> allows all. Pages of the API's own origin
    /// always may. Any other page can neither read an answer nor send a request that changes something, so that a web site which
    /// somebody visits cannot write to the log on their machine.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>
    /// Names and addresses, without a port, that Host may give (an IPv6 address in brackets); every request to another one is refused. None, or
    /// <c>*</c>: any. A server that asks nobody who they are and relies on being reached from its own machine only must set this, because a web site's
    /// name can be made to resolve to that machine.
    /// </summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>
    /// How long an append or a command may take before the caller is told <c>timed_out</c>, 1 second to 1 hour. What was ordered goes on.
    /// </summary>
    public TimeSpan AppendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Most bytes of request bodies held in memory at once, over all requests, 16 MiB to 64 GiB; who comes beyond is told <c>overloaded</c>.
    /// </summary>
    public long RequestBodyBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// Most bytes of records held in memory at once until their readers have taken them, over all connections, 16 MiB to 64 GiB. Pages get smaller as it fills; reads beyond
    /// it are told <c>overloaded</c>.
    /// </summary>
    public long ResponseBodyBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// Most appender sessions at once, 1 to 1,000,000; one more is told <c>overloaded</c> and may send plain requests. One that is idle costs some
    /// 20 KiB and a descriptor.
    /// </summary>
    public int MaxSessions { get; set; } = 10_000;

    /// <summary>Time between the pings of an event stream that has nothing else to say, 1 to 30 seconds.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/> if a value is out of range.</summary>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(AppendTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(AppendTimeout, TimeSpan.FromHours(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(RequestBodyBytes, BodyLimits.Json);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RequestBodyBytes, 64L << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(ResponseBodyBytes, BodyLimits.Json);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ResponseBodyBytes, 64L << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSessions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxSessions, 1_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(PingInterval, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PingInterval, Limits.ReadWait);
    }
}
