using System.Buffers;
using System.Runtime.CompilerServices;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Metadata;

/// <summary>
/// Metadata as one blob per key (docs/FORMAT.md §17): a cluster needs no service beside the blob store, which may be a folder that its nodes share. Holds nothing itself: two of these over
/// the same blobs are one store. Safe for use by several threads.
/// </summary>
public sealed partial class BlobMetadataStore : IMetadataStore
{
    /// <summary>Reads of a listing that are under way at once: one after the other they would be seconds to a store that is far away.</summary>
    private const int ReadsAtOnce = 16;

    private readonly IBlobStore _blobs;
    private readonly BlobMetadataStoreOptions _options;
    private readonly MetadataNames _names;

    /// <summary>A store over blobs; sends nothing yet. Throws <see cref="ArgumentException"/> for options that cannot be.</summary>
    /// <param name="blobs">Where the values are; stays the caller's.</param>
    /// <param name="options">Whose they are.</param>
    public BlobMetadataStore(IBlobStore blobs, BlobMetadataStoreOptions options)
    {
        options.Validate();
        (_blobs, _options, _names) = (blobs, options, new MetadataNames(options.Cluster));
    }

    /// <inheritdoc/>
    public async ValueTask<MetadataEntry?> GetAsync(MetadataKey key, CancellationToken cancellationToken = default) =>
        await ReadAsync(_names.Of(key), cancellationToken) is { } found ? EntryOf(found) : null;

    /// <inheritdoc/>
    public IAsyncEnumerable<MetadataEntry> ListAsync(string prefix, CancellationToken cancellationToken = default)
    {
        MetadataKey.RequirePrefix(prefix);
        return ListHereAsync(prefix, cancellationToken);
    }

    private async IAsyncEnumerable<MetadataEntry> ListHereAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var names in NamesAsync(prefix, cancellationToken))
        {
            foreach (var found in await Task.WhenAll(names.Select(name => ReadAsync(name, cancellationToken))))
            {
                if (found is { } value && value.Frame.Key.Value.StartsWith(prefix, StringComparison.Ordinal))
                    yield return EntryOf(value);
            }
        }
    }

    /// <summary>The blobs of a prefix's area, as many together as are read at once.</summary>
    private async IAsyncEnumerable<BlobName[]> NamesAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var begin = _names.PrefixOf(MetadataKey.AreaOf(prefix));
        string? continuation = null;
        do
        {
            var page = await CallAsync(() => _blobs.ListAsync(begin, continuation, BlobPage.MaxLimit, cancellationToken));
            foreach (var some in page.Blobs.Chunk(ReadsAtOnce))
                yield return [.. some.Select(static blob => blob.Name)];

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    /// <summary>A value that verifies, or null. What does not is read once more: bytes may be damaged on their way.</summary>
    private async Task<FoundFrame?> ReadAsync(BlobName name, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadOnceAsync(name, cancellationToken);
        }
        catch (MetadataStoreException error) when (error.Kind == MetadataErrorKind.Damaged)
        {
            return await ReadOnceAsync(name, cancellationToken);
        }
    }

    private async Task<FoundFrame?> ReadOnceAsync(BlobName name, CancellationToken cancellationToken)
    {
        // One byte more than the longest, by which one that is too long shows.
        var buffer = ArrayPool<byte>.Shared.Rent(MetadataFrame.MaxLength + 1);
        try
        {
            var range = await CallAsync(() => _blobs.ReadAsync(name, 0, buffer, cancellationToken));
            var version = new MetadataVersion(range.Version.Tag);
            try
            {
                StoreFormat.RequireLength(range.Count, Math.Min(range.Length, MetadataFrame.MaxLength), $"blob '{name}'");
                var frame = MetadataFrame.Read(buffer.AsSpan(0, range.Count), _options.Cluster);
                if (_names.Of(frame.Key) != name)
                    throw new StoreFormatException(StoreFault.Foreign, $"It is of key '{frame.Key}'.");

                return new FoundFrame(frame, version);
            }
            catch (StoreFormatException error)
            {
                throw error.Fault == StoreFault.UnsupportedVersion
                    ? new MetadataStoreException(MetadataErrorKind.Refused, error.Message, error)
                    : new MetadataStoreException(MetadataErrorKind.Damaged, $"The metadata in blob '{name}' is damaged: {error.Message}", error) { DamagedVersion = version };
            }
        }
        catch (MetadataStoreException error) when (error.InnerException is BlobStoreException { Kind: BlobStoreErrorKind.NotFound })
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return await call();
        }
        catch (BlobStoreException error)
        {
            throw Translate(error);
        }
    }

    /// <summary>A failure in the words of this store; what it says of the outcome is that of this one attempt.</summary>
    private static MetadataStoreException Translate(BlobStoreException error) => new(
        error.Kind switch
        {
            _ when error.OutcomeUnknown => MetadataErrorKind.OutcomeUnknown,
            BlobStoreErrorKind.Exists or BlobStoreErrorKind.ConditionFailed => MetadataErrorKind.Conflict,
            BlobStoreErrorKind.Throttled or BlobStoreErrorKind.Unavailable => MetadataErrorKind.Unavailable,
            BlobStoreErrorKind.Damaged => MetadataErrorKind.Damaged,
            _ => MetadataErrorKind.Refused,
        },
        error.Message,
        error) { RetryAfter = error.RetryAfter };

    private static MetadataEntry EntryOf(FoundFrame found) => new(found.Frame.Key, found.Frame.Value, found.Version);

    /// <summary>A frame, and which content of its blob it is.</summary>
    private readonly record struct FoundFrame(MetadataFrame Frame, MetadataVersion Version);
}
