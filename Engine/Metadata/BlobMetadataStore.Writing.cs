using System.Buffers;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Metadata;

/// <content>What changes values, and finds out what became of a change whose answer was lost.</content>
public sealed partial class BlobMetadataStore
{
    /// <summary>How often a change is sent, and its trace looked for, before the outcome is called unknown: with the pauses below some 3 s.</summary>
    private const int Attempts = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public ValueTask<MetadataVersion> CreateAsync(MetadataKey key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        WriteAsync(key, value, expected: null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<MetadataVersion> ReplaceAsync(MetadataKey key, ReadOnlyMemory<byte> value, MetadataVersion expected, CancellationToken cancellationToken = default) =>
        WriteAsync(key, value, expected, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(MetadataKey key, MetadataVersion expected, CancellationToken cancellationToken = default)
    {
        var (name, blobVersion) = (_names.Of(key), new BlobVersion(expected.Tag));
        MetadataStoreException? lost = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await _blobs.DeleteIfMatchAsync(name, blobVersion, cancellationToken);
                return;
            }
            catch (BlobStoreException error)
            {
                var failure = Translate(error);
                if (failure.Kind == MetadataErrorKind.OutcomeUnknown)
                    lost = failure;
                else if (lost is null)
                    throw failure;
                else if (failure.Kind is MetadataErrorKind.Conflict)
                    throw Unknown(key, lost);
            }

            // The condition still guards every further attempt: a version that is gone never comes back.
            if (attempt == Attempts)
                throw Unknown(key, lost);

            await PauseAsync(attempt, cancellationToken);
        }
    }

    private async ValueTask<MetadataVersion> WriteAsync(MetadataKey key, ReadOnlyMemory<byte> value, MetadataVersion? expected, CancellationToken cancellationToken)
    {
        if (value.Length > MetadataEntry.MaxValueLength)
            throw new ArgumentException($"A metadata value has at most {MetadataEntry.MaxValueLength} bytes.", nameof(value));

        var name = _names.Of(key);
        var frame = new MetadataFrame
        {
            Cluster = _options.Cluster,
            Key = key,
            Nonce = _options.NewNonce(),
            Replaces = MetadataFrame.DigestOf(expected),
            WrittenAt = _options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            Value = value,
        };
        var content = new ReadOnlySequence<byte>(frame.ToBytes());
        MetadataStoreException? lost = null;
        for (var attempt = 1; ; attempt++)
        {
            MetadataStoreException failure;
            try
            {
                var version = expected is { } replaced
                    ? await _blobs.ReplaceIfMatchAsync(name, content, new BlobVersion(replaced.Tag), cancellationToken)
                    : await _blobs.PutIfAbsentAsync(name, content, cancellationToken);
                return new MetadataVersion(version.Tag);
            }
            catch (BlobStoreException error)
            {
                failure = Translate(error);
            }

            if (failure.Kind == MetadataErrorKind.OutcomeUnknown)
                lost = failure;
            else if (failure.Kind != MetadataErrorKind.Conflict && lost is null)
                throw failure;

            // Also a refusal is looked into: something on the way may have sent the write twice, and the second one is refused for the first one's sake.
            if (await SettleAsync(name, frame, expected, failure, lost, cancellationToken) is { } own)
                return own;

            // Still as it was, or not to be seen: the same bytes under the same condition once more, of which one at most gets through.
            if (attempt == Attempts)
                throw Unknown(key, lost ?? failure);

            await PauseAsync(attempt, cancellationToken);
        }
    }

    /// <summary>The version of the own write, if it is there; null if it may be tried again; throws what is certain otherwise.</summary>
    private async Task<MetadataVersion?> SettleAsync(
        BlobName name, MetadataFrame own, MetadataVersion? expected, MetadataStoreException failure, MetadataStoreException? lost, CancellationToken cancellationToken)
    {
        FoundFrame? present;
        try
        {
            present = await ReadAsync(name, cancellationToken);
        }
        catch (MetadataStoreException error) when (error.Kind == MetadataErrorKind.Unavailable)
        {
            return null;
        }
        catch (MetadataStoreException error)
        {
            throw Unknown(own.Key, lost ?? error);
        }

        if (present is { } found && found.Frame.Nonce == own.Nonce)
            return found.Version;

        if (lost is null)
            throw Conflict(own.Key, failure);

        if (present?.Version == expected)
            return null;

        // What another wrote directly upon the expected version proves that the own write did not get there; anything later proves nothing.
        if (expected is not null && present is { } other && other.Frame.Replaces == own.Replaces)
            throw Conflict(own.Key, failure);

        throw Unknown(own.Key, lost);
    }

    private Task PauseAsync(int attempt, CancellationToken cancellationToken) => Task.Delay(FirstPause * (1 << (attempt - 1)), _options.Time, cancellationToken);

    private static MetadataStoreException Conflict(MetadataKey key, Exception cause) =>
        new(MetadataErrorKind.Conflict, $"The metadata '{key}' is not what was expected.", cause);

    private static MetadataStoreException Unknown(MetadataKey key, Exception? cause) =>
        new(MetadataErrorKind.OutcomeUnknown, $"It is not known whether the metadata '{key}' was changed: {cause?.Message}", cause);
}
