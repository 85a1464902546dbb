using System.Buffers;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.AzureStorage;

/// <summary>
/// Blobs in one container of Azure Blob Storage, as block blobs; versions are ETags. One request per call, never repeated in here, so that no condition is refused for
/// the sake of an attempt that got through unheard. Safe for use by several threads.
/// </summary>
/// <remarks>
/// The order of listings is that of the service: ordinal for accounts with a flat namespace. With a hierarchical namespace a slash sorts before everything else,
/// and directories, which the service keeps as entries of their own there, are passed over.
/// </remarks>
public sealed partial class AzureBlobStore : IBlobStore
{
    /// <summary>Contents are sent whole up to this size, which is far above that of any that the engine writes; larger ones in blocks, and made one at the end.</summary>
    private static readonly StorageTransferOptions OneRequest = new() { InitialTransferSize = 256 * 1024 * 1024, MaximumTransferSize = 64 * 1024 * 1024, MaximumConcurrency = 1 };

    private readonly BlobContainerClient _container;

    internal AzureBlobStore(BlobContainerClient container) => _container = container;

    /// <summary>A store for the container; sends nothing yet. Throws <see cref="ArgumentException"/> for options that cannot be.</summary>
    /// <param name="options">Which container.</param>
    /// <param name="credential">Used with <see cref="AzureBlobStoreOptions.ContainerUri"/>; the default credential if null.</param>
    public static AzureBlobStore Connect(AzureBlobStoreOptions options, TokenCredential? credential = null) => Connect(options, credential, transport: null);

    /// <summary>Makes the container if it is not there; to be called before the first use of a new one.</summary>
    public Task CreateContainerAsync(CancellationToken cancellationToken = default) => CallAsync(
        $"Creating the container '{_container.Name}'",
        BlobStoreErrorKind.Refused,
        writes: true,
        () => _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken),
        cancellationToken).AsTask();

    /// <inheritdoc/>
    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default) =>
        UploadAsync(name, content, BlobStoreErrorKind.Exists, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobVersion> ReplaceIfMatchAsync(
        BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        _ = name.Value;

        return ConditionOf(expected) is not { } condition
            ? ValueTask.FromException<BlobVersion>(NotOf(name, expected))
            : UploadAsync(name, content, BlobStoreErrorKind.ConditionFailed, condition, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        var blob = _container.GetBlobClient(name.Value);
        return CallAsync($"Deleting the blob '{name}'", BlobStoreErrorKind.Refused, writes: true, DoAsync, cancellationToken);

        async Task<bool> DoAsync()
        {
            try
            {
                await blob.DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions: null, cancellationToken);
                return true;
            }
            catch (RequestFailedException error) when (AzureErrors.IsBlobMissing(error))
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        var blob = _container.GetBlobClient(name.Value);
        var condition = ConditionOf(expected) ?? throw NotOf(name, expected);
        await CallAsync(
            $"Deleting the blob '{name}'",
            BlobStoreErrorKind.ConditionFailed,
            writes: true,
            () => blob.DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, condition, cancellationToken),
            cancellationToken);
    }

    internal static AzureBlobStore Connect(AzureBlobStoreOptions options, TokenCredential? credential, HttpPipelineTransport? transport)
    {
        options.Validate();
        var client = new BlobClientOptions();
        client.Retry.MaxRetries = 0;
        client.Retry.NetworkTimeout = options.RequestTimeout;
        if (transport is not null)
            client.Transport = transport;

        return new AzureBlobStore(options.ContainerUri is { } uri
            ? new BlobContainerClient(uri, credential ?? new DefaultAzureCredential(), client)
            : new BlobContainerClient(options.ConnectionString, options.Container, client));
    }

    private ValueTask<BlobVersion> UploadAsync(
        BlobName name, ReadOnlySequence<byte> content, BlobStoreErrorKind refusedCondition, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlobClient(name.Value);
        return CallAsync($"Writing the blob '{name}'", refusedCondition, writes: true, DoAsync, cancellationToken);

        async Task<BlobVersion> DoAsync()
        {
            using var stream = new SequenceStream(content);
            var uploaded = await blob.UploadAsync(stream, new BlobUploadOptions
            {
                Conditions = conditions,
                TransferOptions = OneRequest,
                TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
            }, cancellationToken);
            return VersionOf(uploaded.Value.ETag);
        }
    }

    /// <summary>Null for what the service gives no version as; sent as a condition the first two would be none, and the third would match anything.</summary>
    private static BlobRequestConditions? ConditionOf(BlobVersion expected) =>
        expected.Tag is null or "" or "*" ? null : new BlobRequestConditions { IfMatch = new ETag(expected.Tag) };

    private static BlobStoreException NotOf(BlobName name, BlobVersion expected) =>
        new(BlobStoreErrorKind.ConditionFailed, $"The blob '{name}' is not of version '{expected}'.");

    private static BlobVersion VersionOf(ETag tag) => new(tag.ToString());

    private static async ValueTask<T> CallAsync<T>(
        string what, BlobStoreErrorKind refusedCondition, bool writes, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await call();
        }
        catch (Exception error)
        {
            if (AzureErrors.Translate(error, what, refusedCondition, writes, cancellationToken) is { } translated)
                throw translated;

            throw;
        }
    }
}
