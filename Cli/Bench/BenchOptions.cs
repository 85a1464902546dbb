namespace Orleans.Log.Cli.Bench;

/// <summary>How a client sends: what is measured on the way.</summary>
internal enum BenchPath
{
    /// <summary>A node inside this process: no network, no HTTP.</summary>
    InProcess,

    /// <summary>One HTTP request a batch, by the .NET client.</summary>
    Request,

    /// <summary>One HTTP request a batch, by a bare connection that costs next to nothing.</summary>
    RawRequest,

    /// <summary>A LogStreamAppender for each client.</summary>
    Appender,

    /// <summary>An appender session for each client, by a bare connection that costs next to nothing.</summary>
    RawSession,
}

/// <summary>The work of one run.</summary>
internal sealed record BenchOptions
{
    /// <summary>What is driven.</summary>
    public required BenchPath Path { get; init; }

    /// <summary>Payload of a record in bytes.</summary>
    public int RecordBytes { get; init; } = 1024;

    /// <summary>Records of a batch; one operation appends one batch.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Clients at once.</summary>
    public int Clients { get; init; } = 16;

    /// <summary>Streams that the clients spread over.</summary>
    public int Streams { get; init; } = 1;

    /// <summary>Batches that a client keeps outstanding.</summary>
    public int Outstanding { get; init; } = 1;

    /// <summary>Records per second, all clients together, sent whether or not earlier ones were answered; null = closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>Bytes of payload that are kept, all streams together; what is older is trimmed while the run goes on. Null = nothing is trimmed, the log grows.</summary>
    public long? KeepBytes { get; init; }

    /// <summary>Measured time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time before that, not measured.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Streams are named after this.</summary>
    public string Prefix { get; init; } = "olog-bench";

    /// <summary>Name of one of the streams.</summary>
    public string StreamName(int index) => FormattableString.Invariant($"{Prefix}-{index}");

    /// <summary>
    /// The payloads of one batch. Not compressible, and text, so that a path that carries JSON or lines is not measured on escapes.
    /// </summary>
    public ReadOnlyMemory<byte>[] Payloads()
    {
        var random = new Random(1);
        var payloads = new ReadOnlyMemory<byte>[Batch];
        for (var i = 0; i < Batch; i++)
            payloads[i] = random.GetItems("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8, RecordBytes);

        return payloads;
    }
}
