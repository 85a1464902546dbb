using System.Buffers;
using System.Globalization;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// Blobs in this process's memory, gone with it: for tests and simulation. Bounded by nothing. Every task is complete when it is returned. Safe for use by several threads.
/// </summary>
public sealed class MemoryBlobStore : IBlobStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Blob> _blobs = new(StringComparer.Ordinal);
    private long _writes;

    /// <inheritdoc/>
    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default) =>
        Do(() => !_blobs.ContainsKey(name.Value)
            ? Set(name, content.ToArray())
            : throw new BlobStoreException(BlobStoreErrorKind.Exists, $"There is a blob '{name}' already."), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobVersion> ReplaceIfMatchAsync(
        BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default) =>
        Do(() => _blobs.TryGetValue(name.Value, out var blob) && blob.Version == expected
            ? Set(name, content.ToArray())
            : throw new BlobStoreException(BlobStoreErrorKind.ConditionFailed, $"The blob '{name}' is not of version '{expected}'."), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default) =>
        Do(() => _blobs.TryGetValue(name.Value, out var blob) ? new BlobInfo(blob.Content.Length, blob.Version) : (BlobInfo?)null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return Do(() =>
        {
            if (!_blobs.TryGetValue(name.Value, out var blob))
                throw new BlobStoreException(BlobStoreErrorKind.NotFound, $"There is no blob '{name}'.");

            var rest = blob.Content.AsMemory((int)Math.Min(offset, blob.Content.Length));
            var count = Math.Min(rest.Length, destination.Length);
            rest[..count].CopyTo(destination);
            return new BlobRange(count, blob.Content.Length, blob.Version);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobPage> ListAsync(
        string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        BlobPage.Check(prefix, limit);
        return Do(() => BlobPage.Of(
            [.. _blobs.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(entry.Key, continuation) > 0)
                .Take(limit + 1).Select(entry => new BlobListing(new BlobName(entry.Key), entry.Value.Content.Length))],
            limit), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default) =>
        Do(() => _blobs.Remove(name.Value), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default) =>
        await Do(() => _blobs.TryGetValue(name.Value, out var blob) && blob.Version == expected
            ? _blobs.Remove(name.Value)
            : throw new BlobStoreException(BlobStoreErrorKind.ConditionFailed, $"The blob '{name}' is not of version '{expected}'."), cancellationToken);

    private ValueTask<T> Do<T>(Func<T> action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);

        try
        {
            lock (_lock)
                return ValueTask.FromResult(action());
        }
        catch (BlobStoreException error)
        {
            return ValueTask.FromException<T>(error);
        }
    }

    private BlobVersion Set(BlobName name, byte[] bytes)
    {
        var version = new BlobVersion((++_writes).ToString(CultureInfo.InvariantCulture));
        _blobs[name.Value] = new Blob(bytes, version);
        return version;
    }

    private sealed record Blob(byte[] Content, BlobVersion Version);
}
