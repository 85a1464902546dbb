namespace Orleans.Log.Client;

/// <summary>How a <see cref="LogStreamAppender"/> works. Every default is valid.</summary>
public sealed class AppenderOptions
{
    /// <summary>Fewest batches in a pipeline.</summary>
    public const int MinPipelineSize = 1;

    /// <summary>Most batches in a pipeline; a stream remembers at least as many results of each producer.</summary>
    public const int MaxPipelineSize = 8;

    /// <summary>
    /// Most bytes of batches whose calls wait for room, each counted as 4 KiB at least, so that a caller who never awaits cannot fill the
    /// memory: 64 MiB. A call beyond it is refused with <c>too_many_in_flight</c>.
    /// </summary>
    public const long MaxWaitingBytes = 64L * 1024 * 1024;

    private readonly int _pipelineSize = 2;

    /// <summary>
    /// Batches that may be on their way or in their callback at once: 1 to 8, by default 2. A value outside is taken as the nearer end.
    /// </summary>
    public int PipelineSize
    {
        get => _pipelineSize;
        init => _pipelineSize = Math.Clamp(value, MinPipelineSize, MaxPipelineSize);
    }

    /// <summary>Runs for a batch that is appended without a callback of its own.</summary>
    public AppendCallback DefaultCallback { get; init; } = static (_, _) => { };

    /// <summary>
    /// Longest time from the call until the batch is acknowledged; infinite by default. When it is over before there was room, the call
    /// throws, nothing has happened and the appender works on. When it is over after that, the outcome cannot be known in time: the batch
    /// and all after it fail with <c>timed_out</c>, and <see cref="LogStreamAppender.State"/> says so. The time that a callback takes is
    /// not counted against the batches that are acknowledged already.
    /// </summary>
    public TimeSpan CallTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// After a lost connection, a refusal that asks for patience (429, 503) or a restart of the server: send again under the same
    /// sequences, so that nothing is lost or doubled. Off: the first failure is final.
    /// </summary>
    public bool Resume { get; init; } = true;

    /// <summary>How long one batch is sent again before the appender gives up; one minute by default.</summary>
    public TimeSpan ResumeTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Identity of the writer, 1 to 64 characters of A-Z a-z 0-9 . _ : ~ -; random by default. Two appenders must not write under
    /// the same id and epoch. A writer with an id of its own that is idle for longer than the stream's <c>producer_expiry</c> fails with
    /// <c>producer_gap</c> at its next batch: only its owner can know what the id stands for. With a random one the appender begins anew by itself.
    /// </summary>
    public string? ProducerId { get; init; }

    /// <summary>Epoch of the writer. A higher one shuts out the lower ones of the same <see cref="ProducerId"/> for good.</summary>
    public int ProducerEpoch { get; init; }

    /// <summary>
    /// Sequence of the first batch; 0 by default. For a writer that goes on where an earlier one of the same
    /// <see cref="ProducerId"/> and epoch stopped: the stream takes only the sequence that comes next.
    /// </summary>
    public long FirstSequence { get; init; }

    /// <summary>Fencing token to append with, if the stream has one.</summary>
    public string? FencingToken { get; init; }
}
