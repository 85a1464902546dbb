namespace Orleans.Log;

/// <summary>
/// What must hold for an append to be taken. A batch that the stream already holds is answered first, whatever else is said. Then, in
/// this order, at the moment the batch gets its position: sealed, fenced, producer epoch, producer gap, expected tail. A batch that is
/// refused had no effect.
/// </summary>
/// <param name="ExpectedTail">Append only if the tail is this LSN.</param>
/// <param name="FencingToken">The writer's token. A stream with a token takes only appends that carry it.</param>
/// <param name="Producer">Identity of the batch, which makes a retry harmless.</param>
public readonly record struct AppendConditions(long? ExpectedTail = null, string? FencingToken = null, ProducerStamp? Producer = null)
{
    /// <summary>No condition.</summary>
    public static AppendConditions None => default;
}

/// <summary>
/// Identity of one batch of one producer. A producer numbers its batches 0, 1, 2 … within an epoch; a higher epoch starts at 0
/// and shuts out the lower ones for good. A batch of the present epoch that the stream already
/// holds, and remembers, is answered with its original positions, also after the stream was sealed or got another fencing token.
/// </summary>
/// <param name="Id">1 to <see cref="Limits.ProducerIdLength"/> characters of A-Z a-z 0-9 . _ : ~ -</param>
/// <param name="Epoch">0 to 2^31−1.</param>
/// <param name="Sequence">0 to <see cref="Limits.Position"/>.</param>
public readonly record struct ProducerStamp(string Id, int Epoch, long Sequence);

/// <summary>The position that a batch got.</summary>
/// <param name="Start">LSN of its first record.</param>
/// <param name="End">LSN behind its last record.</param>
/// <param name="Tail">Tail of the stream when the batch was acknowledged; at least <paramref name="End"/>.</param>
/// <param name="Duplicate">The stream already held the batch; the positions are the original ones.</param>
public readonly record struct AppendResult(long Start, long End, long Tail, bool Duplicate);
