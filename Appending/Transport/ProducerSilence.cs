namespace Orleans.Log.Client.Appending;

/// <summary>What an appender knows when the stream answers that it does not know its producer, although batches of it were acknowledged.</summary>
/// <param name="First">Number of its oldest batch without an outcome: the first that the stream has not.</param>
/// <param name="Idle">Time from the last acknowledgement to the first attempt of that batch.</param>
/// <param name="Trying">Time since that attempt.</param>
public readonly record struct ProducerSilence(long First, TimeSpan Idle, TimeSpan Trying)
{
    /// <summary>By how much the stream may have begun to count earlier: it does so before the acknowledgement arrives.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Does an expiry explain it, with nothing in doubt? The producer was idle for so long that the stream has forgotten it. Had an attempt of the batch been carried out
    /// all the same, the stream would have known the producer again for at least the expiry.
    /// </summary>
    public bool IsExplainedBy(TimeSpan expiry) => Idle + Grace >= expiry && Trying < expiry;
}

/// <summary>Under which producer a transport sends, and which batch of the appender is the producer's first one.</summary>
/// <param name="Producer">Id of the producer.</param>
/// <param name="First">Number of the batch that has its sequence 0.</param>
public sealed record AppendIdentity(string Producer, long First)
{
    /// <summary>The producer's sequence of a batch.</summary>
    public long SequenceOf(long batch) => batch - First;
}
