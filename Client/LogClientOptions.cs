namespace Orleans.Log.Client;

/// <summary>How a <see cref="LogClient"/> works. Every default is valid.</summary>
public sealed class LogClientOptions
{
    /// <summary>
    /// What carries the requests, for example one with authentication. It is borrowed: the client never disposes it, and the bounds on
    /// connections are then its own. Null: the client makes and owns one.
    /// </summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>
    /// Most connections, 64 by default, and as many again for reads that wait, so that followers cannot keep appends from a connection. Those of
    /// <see cref="Sessions"/> are not counted.
    /// </summary>
    public int MaxConnections { get; init; } = 64;

    /// <summary>
    /// Each appender sends over a connection of its own, in order and without a request for every batch; on by default. Where a proxy or an older server
    /// does not let it, it sends requests, and looks again after a minute, then ever more rarely, up to an hour. Off: it only sends requests, over the connections that all calls share.
    /// </summary>
    public bool Sessions { get; init; } = true;

    /// <summary>Longest time to make a connection, and again to make a session of it; 5 seconds by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time from a request to its complete answer, beyond what a read was told to wait; 30 seconds by default.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Shortest pause before something is tried again; each further failure doubles it. 50 milliseconds by default.</summary>
    public TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause before something is tried again; 2 seconds by default.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The clock of every time-out and pause.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gives numbers from 0 up to, not including, 1, to spread retries and to make producer ids. Must be thread-safe.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;
}
