namespace Orleans.Log.Api.Contracts;

/// <summary>An error: RFC 9457 with the members that a program needs to go on. What is null is not part of this error.</summary>
public sealed record ProblemBody
{
    /// <summary><c>urn:orleans-log:problem:</c> and the code.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The same words for every error of this code.</summary>
    public string? Title { get; init; }

    /// <summary>HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>What went wrong this time, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>Path of the request.</summary>
    public string? Instance { get; init; }

    /// <summary>The error; docs/HTTP.md lists them.</summary>
    public string? Code { get; init; }

    /// <summary>The same call may succeed later.</summary>
    public bool Retryable { get; init; }

    /// <summary><c>none</c> or <c>possible</c>.</summary>
    public string? SideEffects { get; init; }

    /// <summary>Trace that the server's logs know this request by.</summary>
    public string? TraceId { get; init; }

    /// <summary>Tail of the stream.</summary>
    public long? Tail { get; init; }

    /// <summary>Head of the stream.</summary>
    public long? Head { get; init; }

    /// <summary>The tail that the request expected.</summary>
    public long? ExpectedTail { get; init; }

    /// <summary>Producer sequence that would have been taken.</summary>
    public long? Expected { get; init; }

    /// <summary>Producer sequence that came.</summary>
    public long? Received { get; init; }

    /// <summary>Producer epoch that the stream knows.</summary>
    public int? Epoch { get; init; }

    /// <summary>The limit that was met.</summary>
    public long? Limit { get; init; }

    /// <summary>What the limit counts.</summary>
    public string? Unit { get; init; }

    /// <summary>Present version of the configuration.</summary>
    public long? ConfigVersion { get; init; }

    /// <summary>Short machine-readable reason where a code has several.</summary>
    public string? Reason { get; init; }

    /// <summary>Where reading works again, behind what cannot be read.</summary>
    public long? Next { get; init; }

    /// <summary>Streamed append: number of the line that failed, from 1.</summary>
    public long? Line { get; init; }
}
