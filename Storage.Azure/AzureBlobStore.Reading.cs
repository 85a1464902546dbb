using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Orleans.Log.Engine.Blobs;
using BlobInfo = Orleans.Log.Engine.Blobs.BlobInfo;

namespace Orleans.Log.AzureStorage;

/// <content>What looks.</content>
public sealed partial class AzureBlobStore
{
    /// <summary>The service computes a checksum of a range up to this size on demand.</summary>
    private const int LargestValidatedRange = 4 * 1024 * 1024;

    /// <summary>More than any blob of the service has, so that offsets stay numbers that it takes.</summary>
    private const long LongestContent = 1L << 50;

    /// <summary>How often a read behind the end is begun anew because the content has been replaced by a longer one in between.</summary>
    private const int ReadAttempts = 3;

    /// <summary>The metadata by which accounts with a hierarchical namespace mark entries that are directories.</summary>
    private const string DirectoryMark = "hdi_isfolder";

    /// <inheritdoc/>
    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        var blob = _container.GetBlobClient(name.Value);
        return CallAsync($"Asking for the blob '{name}'", BlobStoreErrorKind.Refused, writes: false, () => InfoOfAsync(blob, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var blob = _container.GetBlobClient(name.Value);
        return CallAsync($"Reading the blob '{name}'", BlobStoreErrorKind.Refused, writes: false, DoAsync, cancellationToken);

        async Task<BlobRange> DoAsync()
        {
            for (var attempt = 1; attempt <= ReadAttempts; attempt++)
            {
                // The service has no ranges of length 0, nor one that begins behind the end.
                if (destination.Length > 0 && await DownloadAsync(blob, offset, destination, cancellationToken) is { } range)
                    return range;

                var info = await InfoOfAsync(blob, cancellationToken)
                    ?? throw new BlobStoreException(BlobStoreErrorKind.NotFound, $"There is no blob '{name}'.");
                if (destination.Length == 0 || info.Length <= offset)
                    return new BlobRange(0, info.Length, info.Version);
            }

            throw new BlobStoreException(BlobStoreErrorKind.Unavailable, $"The blob '{name}' changes its length while it is read.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<BlobPage> ListAsync(
        string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        BlobPage.Check(prefix, limit);
        return CallAsync($"Listing '{prefix}'", BlobStoreErrorKind.Refused, writes: false, DoAsync, cancellationToken);

        async Task<BlobPage> DoAsync()
        {
            var listing = _container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, prefix, cancellationToken);
            await foreach (var page in listing.AsPages(continuation, limit))
            {
                var blobs = new List<BlobListing>(page.Values.Count);
                foreach (var item in page.Values)
                {
                    if (BlobName.TryParse(item.Name, out var name) && item.Metadata?.ContainsKey(DirectoryMark) != true)
                        blobs.Add(new BlobListing(name, item.Properties.ContentLength ?? 0));
                }

                return new BlobPage(blobs, string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
            }

            return new BlobPage([], null);
        }
    }

    private static async Task<BlobInfo?> InfoOfAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return new BlobInfo(properties.Value.ContentLength, VersionOf(properties.Value.ETag));
        }
        catch (RequestFailedException error) when (AzureErrors.IsBlobMissing(error))
        {
            return null;
        }
    }

    /// <summary>Null if the range begins at or behind the end.</summary>
    private static async Task<BlobRange?> DownloadAsync(BlobClient blob, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset >= LongestContent)
            return null;

        var options = new BlobDownloadOptions
        {
            Range = new HttpRange(offset, destination.Length),
            TransferValidation = destination.Length > LargestValidatedRange
                ? null
                : new DownloadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5, AutoValidateChecksum = true },
        };
        try
        {
            using var result = (await blob.DownloadStreamingAsync(options, cancellationToken)).Value;
            var (details, length) = (result.Details, LengthOf(result.Details));
            var expected = (int)Math.Min(destination.Length, length - offset);
            await result.Content.ReadExactlyAsync(destination[..expected], cancellationToken);
            return new BlobRange(expected, length, VersionOf(details.ETag));
        }
        catch (RequestFailedException error) when (AzureErrors.IsBehindEnd(error))
        {
            return null;
        }
    }

    /// <summary>The length of the whole content: behind the slash of "bytes 0-99/200".</summary>
    private static long LengthOf(BlobDownloadDetails details) =>
        details.ContentRange is { } range && range.LastIndexOf('/') is >= 0 and var slash
        && long.TryParse(range.AsSpan(slash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length)
            ? length
            : details.ContentLength;
}
