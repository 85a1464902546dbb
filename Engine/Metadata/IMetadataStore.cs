namespace Orleans.Log.Engine.Metadata;

/// <summary>
/// Small values under keys, shared by the nodes of one cluster and changed by compare-and-swap only: who is a member, where a stream lives. Safe for use by any
/// number of threads, processes and machines at once.
/// </summary>
/// <remarks>
/// <para>What an implementer owes. <b>Atomic and conditional:</b> of several changes under one condition exactly one happens. <b>Strongly consistent:</b> once a change
/// has returned, every later call anywhere sees it. <b>Durable:</b> what a call has returned or shown outlives crashes. Only <see cref="WatchAsync"/> lags behind, by a bounded time.</para>
/// <para>Failures are <see cref="MetadataStoreException"/>. One that says conflict or unavailable has had no effect; where an answer was lost, the store looks for its own
/// write before it gives up and says that the outcome is unknown. Nothing else is tried again in here. A call that is cancelled throws
/// <see cref="OperationCanceledException"/>; a change that was cancelled may have happened. A task may complete on any thread.</para>
/// </remarks>
public interface IMetadataStore
{
    /// <summary>The value under a key, or null if there is none.</summary>
    ValueTask<MetadataEntry?> GetAsync(MetadataKey key, CancellationToken cancellationToken = default);

    /// <summary>
    /// The values of all keys that begin with a prefix (see <see cref="MetadataKey.RequirePrefix"/>), in no order that means anything. What is there throughout comes exactly once;
    /// what comes or goes meanwhile may. It is no snapshot: each value is one that was present at some moment of the call. Costs one call to the store for each key of the prefix's area.
    /// </summary>
    IAsyncEnumerable<MetadataEntry> ListAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Puts a value where there is none; throws <see cref="MetadataErrorKind.Conflict"/> if there is one.</summary>
    /// <param name="key">Where.</param>
    /// <param name="value">At most <see cref="MetadataEntry.MaxValueLength"/> bytes; the caller's again once the task is complete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<MetadataVersion> CreateAsync(MetadataKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default);

    /// <summary>Puts a value in the place of the one of this version; throws <see cref="MetadataErrorKind.Conflict"/> if the key has another one, or none.</summary>
    ValueTask<MetadataVersion> ReplaceAsync(MetadataKey key, ReadOnlyMemory<byte> value, MetadataVersion expected, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes the value of this version; throws <see cref="MetadataErrorKind.Conflict"/> if the key has another one, or none. A deletion leaves nothing by which to
    /// recognise it: if its answer was lost and the value is gone, the outcome is unknown, because somebody else may have deleted it.
    /// </summary>
    ValueTask DeleteAsync(MetadataKey key, MetadataVersion expected, CancellationToken cancellationToken = default);

    /// <summary>
    /// What changes under a prefix, for as long as it is enumerated: first every value that is there, then each change, found by asking again and again. A change comes late, by
    /// the longest pause between two rounds and the time of one round at most while the store answers; of several changes of one key within that time only the last one comes, and a key that
    /// came and went not at all. While the store is unavailable nothing comes; any other failure ends the enumeration. Nothing is asked while the consumer is busy.
    /// </summary>
    IAsyncEnumerable<MetadataChange> WatchAsync(string prefix, CancellationToken cancellationToken = default);
}

/// <summary>Which value a key has: another one after every change, never the same again. Nothing but equality means anything. The default is no version.</summary>
/// <param name="Tag">The store's own text.</param>
public readonly record struct MetadataVersion(string? Tag)
{
    /// <summary>The text; empty for the default.</summary>
    public override string ToString() => Tag ?? string.Empty;
}

/// <summary>A value that was found.</summary>
/// <param name="Key">Where.</param>
/// <param name="Value">The bytes; nobody else's.</param>
/// <param name="Version">Which value; the condition of the next change.</param>
public sealed record MetadataEntry(MetadataKey Key, ReadOnlyMemory<byte> Value, MetadataVersion Version)
{
    /// <summary>Most bytes of a value: some hundreds of members fit in, and a careless one does not make every reader suffer.</summary>
    public const int MaxValueLength = 256 * 1024;
}

/// <summary>What a watcher is told.</summary>
/// <param name="Key">Which key.</param>
/// <param name="Entry">What it has now; null if it was deleted.</param>
public sealed record MetadataChange(MetadataKey Key, MetadataEntry? Entry);
