namespace Orleans.Log.Conformance;

/// <summary>
/// An appender, as far as the suite knows it; records are texts. A call that is refused throws <see cref="AppendRefusedException"/>,
/// and <see cref="InvalidOperationException"/> for what a callback must not do.
/// </summary>
public interface IAppender : IAsyncDisposable
{
    /// <summary>Blocks while there is no room. A null callback means the default one.</summary>
    void AppendBatch(IReadOnlyList<string> batch, Action<Outcome>? callback);

    /// <summary>Ends when the batch is accepted.</summary>
    Task AppendBatchAsync(IReadOnlyList<string> batch, Action<Outcome>? callback, CancellationToken cancellationToken = default);

    /// <summary>Ends with the outcome of the batch; refusals are outcomes, too.</summary>
    Task<Outcome> AppendAsync(IReadOnlyList<string> batch);

    /// <summary>Returns at once; what is pending is finished.</summary>
    void Close();

    /// <summary>Closes and waits for the last callback.</summary>
    Task CloseAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends when it is closed or faulted and every callback has returned.</summary>
    Task Completion { get; }

    /// <summary>Code of the error that ended it, or null.</summary>
    string? Fault { get; }

    /// <summary>Open, Closing, Faulted or Closed.</summary>
    string State { get; }
}

/// <summary>What a callback is told.</summary>
/// <param name="Start">LSN of the first record.</param>
/// <param name="End">LSN behind the last one.</param>
/// <param name="Error">Code of the error, or null.</param>
/// <param name="MayHaveHappened">With an error: the batch may be in the stream.</param>
/// <param name="ErrorObject">The error itself: a suffix fails with one and the same.</param>
public readonly record struct Outcome(long Start, long End, string? Error, bool MayHaveHappened, object? ErrorObject);

/// <summary>A call threw, so its callback must never run.</summary>
public sealed class AppendRefusedException(string code, Exception inner) : Exception(code, inner)
{
    /// <summary>Code of the error.</summary>
    public string Code { get; } = code;
}

/// <summary>How an appender is to be made.</summary>
public sealed record AppenderSetup
{
    /// <summary>Batches under way at once; null for the default.</summary>
    public int? PipelineSize { get; init; }

    /// <summary>Told the outcome of batches without a callback of their own.</summary>
    public Action<Outcome>? DefaultCallback { get; init; }

    /// <summary>Longest time of a call.</summary>
    public TimeSpan? CallTimeout { get; init; }

    /// <summary>Send again after failures that allow it.</summary>
    public bool Resume { get; init; } = true;

    /// <summary>For how long.</summary>
    public TimeSpan? ResumeTimeout { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The fencing token.</summary>
    public string? FencingToken { get; init; }

    /// <summary>Identity of the writer; random if null.</summary>
    public string? ProducerId { get; init; }

    /// <summary>Its epoch.</summary>
    public int ProducerEpoch { get; init; }
}
