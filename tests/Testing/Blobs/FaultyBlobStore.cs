using System.Buffers;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Testing.Blobs;

/// <summary>
/// A store that fails on request, in front of one that does not. Everything about it repeats with the same seed and the same order of calls. Safe for use by several threads.
/// </summary>
/// <param name="inner">Keeps the blobs.</param>
/// <param name="time">Clock of delays and of the time for which the store is down.</param>
/// <param name="seed">Of random faults, and of what is cut and flipped.</param>
public sealed class FaultyBlobStore(IBlobStore inner, TimeProvider time, int seed = 1) : IBlobStore
{
    private long _downUntil = long.MinValue;
    private int _calls;

    /// <summary>What goes wrong.</summary>
    public BlobFaults Faults { get; } = new(seed);

    /// <summary>How long every call waits before it is carried out.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>What a throttled caller is asked to wait; null says nothing.</summary>
    public TimeSpan? RetryAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Called before each call, with its name or prefix: a test may count, look, or hold a caller back until something has happened.</summary>
    public Func<BlobCall, string, Task>? BeforeCall { get; set; }

    /// <summary>Calls so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>For so long every call fails without an effect; zero brings the store back.</summary>
    public void GoDown(TimeSpan duration) =>
        Volatile.Write(ref _downUntil, duration == Timeout.InfiniteTimeSpan ? long.MaxValue : time.GetUtcNow().UtcTicks + duration.Ticks);

    /// <inheritdoc/>
    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default) =>
        DoAsync(BlobCall.Put, name.Value, fault => inner.PutIfAbsentAsync(name, Spoil(content, fault), cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobVersion> ReplaceIfMatchAsync(
        BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default) =>
        DoAsync(BlobCall.Replace, name.Value, fault => inner.ReplaceIfMatchAsync(name, Spoil(content, fault), expected, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default) =>
        DoAsync(BlobCall.Head, name.Value, _ => inner.HeadAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return DoAsync(BlobCall.Read, name.Value, ReadAsync, cancellationToken);

        async ValueTask<BlobRange> ReadAsync(BlobFault? fault)
        {
            var range = await inner.ReadAsync(name, offset, destination, cancellationToken);
            if (fault == BlobFault.FlippedDownload)
                Faults.Flip(destination.Span[..range.Count]);

            return fault == BlobFault.TruncatedDownload ? range with { Count = Faults.Cut(range.Count) } : range;
        }
    }

    /// <inheritdoc/>
    public ValueTask<BlobPage> ListAsync(
        string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        BlobPage.Check(prefix, limit);
        return DoAsync(BlobCall.List, prefix, _ => inner.ListAsync(prefix, continuation, limit, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default) =>
        DoAsync(BlobCall.Delete, name.Value, _ => inner.DeleteAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        await DoAsync(BlobCall.DeleteIfMatch, name.Value, DeleteAsync, cancellationToken);

        async ValueTask<bool> DeleteAsync(BlobFault? fault)
        {
            await inner.DeleteIfMatchAsync(name, expected, cancellationToken);
            return true;
        }
    }

    private async ValueTask<T> DoAsync<T>(BlobCall call, string name, Func<BlobFault?, ValueTask<T>> action, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _calls);
        if (BeforeCall is { } before)
            await before(call, name);

        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, time, cancellationToken);

        var writes = call is BlobCall.Put or BlobCall.Replace or BlobCall.Delete or BlobCall.DeleteIfMatch;
        if (time.GetUtcNow().UtcTicks < Volatile.Read(ref _downUntil))
            throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "The store is down.");

        var fault = Faults.Next(call, name);
        switch (fault)
        {
            case BlobFault.Throttled:
                throw new BlobStoreException(BlobStoreErrorKind.Throttled, "Planned: too many calls.", retryAfter: RetryAfter);
            case BlobFault.Unavailable:
                throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "Planned: failed before.", outcomeUnknown: writes);
            case BlobFault.Refused:
                throw new BlobStoreException(BlobStoreErrorKind.Refused, "Planned: refused.");
            case BlobFault.Exists:
                throw new BlobStoreException(BlobStoreErrorKind.Exists, "Planned: exists.");
            case BlobFault.ConditionFailed:
                throw new BlobStoreException(BlobStoreErrorKind.ConditionFailed, "Planned: another version.");
        }

        var result = await action(fault);
        return fault switch
        {
            BlobFault.UnavailableAfterwards => throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "Planned: failed afterwards.", outcomeUnknown: true),
            BlobFault.ExistsAfterwards => throw new BlobStoreException(BlobStoreErrorKind.Exists, "Planned: exists by now."),
            BlobFault.ConditionFailedAfterwards => throw new BlobStoreException(BlobStoreErrorKind.ConditionFailed, "Planned: another version by now."),
            _ => result,
        };
    }

    private ReadOnlySequence<byte> Spoil(ReadOnlySequence<byte> content, BlobFault? fault) => fault switch
    {
        BlobFault.TruncatedUpload => content.Slice(0, Faults.Cut((int)content.Length)),
        BlobFault.FlippedUpload => new ReadOnlySequence<byte>(Faults.Flip(content.ToArray())),
        _ => content,
    };
}
