namespace Orleans.Log.Api.Contracts;

/// <summary>Names of the HTTP headers that are ours.</summary>
public static class WireHeaders
{
    /// <summary>Request: the writer's fencing token.</summary>
    public const string FencingToken = "Log-Fencing-Token";

    /// <summary>Request: producer id of the batch. The three producer headers come together or not at all.</summary>
    public const string ProducerId = "Producer-Id";

    /// <summary>Request: producer epoch of the batch.</summary>
    public const string ProducerEpoch = "Producer-Epoch";

    /// <summary>Request: producer sequence of the batch.</summary>
    public const string ProducerSequence = "Producer-Seq";

    /// <summary>Response to a read: identity of the stream, by which a follower notices that another one stands under its name.</summary>
    public const string StreamId = "Log-Stream-Id";

    /// <summary>Response: tail of the stream.</summary>
    public const string Tail = "Log-Tail";

    /// <summary>Response: head of the stream.</summary>
    public const string Head = "Log-Head";

    /// <summary>Response to a read: LSN to read next.</summary>
    public const string Next = "Log-Next";

    /// <summary>Response to a read: <c>true</c> if the stream is sealed.</summary>
    public const string Sealed = "Log-Sealed";

    /// <summary>Response with one raw record: its LSN.</summary>
    public const string Lsn = "Log-Lsn";

    /// <summary>Response with one raw record: its timestamp in milliseconds since 1970 UTC.</summary>
    public const string Timestamp = "Log-Timestamp";

    /// <summary>Response whose parts follow as they happen: <c>no</c> keeps nginx, and proxies that follow it, from buffering it.</summary>
    public const string AccelBuffering = "X-Accel-Buffering";
}
