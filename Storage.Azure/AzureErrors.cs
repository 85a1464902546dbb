using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Models;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.AzureStorage;

/// <summary>What failures of the service and of the way to it mean.</summary>
internal static class AzureErrors
{
    private const int NoAnswer = 0;

    /// <summary>Is the failure that there is no such blob? That there is no such container is another matter: nothing may be concluded from it.</summary>
    public static bool IsBlobMissing(RequestFailedException error) => error.Status == 404 && error.ErrorCode is { } code && code == BlobErrorCode.BlobNotFound;

    /// <summary>Is the failure that a range begins at or behind the end of the content?</summary>
    public static bool IsBehindEnd(RequestFailedException error) => error.Status == 416;

    /// <summary>The failure of a call in the words of the port; null for what is not the store's, such as a caller that gave up.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="what">What was asked for: the beginning of a sentence.</param>
    /// <param name="refusedCondition">What a condition that does not hold means for this call.</param>
    /// <param name="writes">May the call have had an effect?</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static BlobStoreException? Translate(
        Exception error, string what, BlobStoreErrorKind refusedCondition, bool writes, CancellationToken cancellationToken) => error switch
    {
        RequestFailedException failed => Translate(failed, what, refusedCondition, writes),
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,

        // The client's own timeout, a connection that broke in the middle of a content, a content that does not match its checksum.
        OperationCanceledException or IOException or HttpRequestException or InvalidDataException or AggregateException =>
            new BlobStoreException(BlobStoreErrorKind.Unavailable, $"{what} failed: {error.Message}", writes && MayHaveArrived(error), innerException: error),

        // Nothing was sent: there is no token to send it with.
        CredentialUnavailableException => new BlobStoreException(BlobStoreErrorKind.Refused, $"{what} failed: no credential for Azure was found.", innerException: error),
        AuthenticationFailedException => new BlobStoreException(BlobStoreErrorKind.Unavailable, $"{what} failed: no token could be had for Azure.", innerException: error),
        _ => null,
    };

    private static BlobStoreException Translate(RequestFailedException error, string what, BlobStoreErrorKind refusedCondition, bool writes)
    {
        // Answers of proxies have no code, and the service's own type of codes takes no null.
        var code = error.ErrorCode ?? string.Empty;
        var kind = error.Status switch
        {
            _ when code == BlobErrorCode.BlobNotFound => refusedCondition == BlobStoreErrorKind.ConditionFailed ? refusedCondition : BlobStoreErrorKind.NotFound,
            409 when code == BlobErrorCode.BlobAlreadyExists => BlobStoreErrorKind.Exists,

            // Other codes of 412 speak of leases and the like, which no reading again mends.
            412 when code.Length == 0 || code == BlobErrorCode.ConditionNotMet || code == BlobErrorCode.TargetConditionNotMet => refusedCondition,
            429 => BlobStoreErrorKind.Throttled,
            503 when code == BlobErrorCode.ServerBusy => BlobStoreErrorKind.Throttled,
            NoAnswer or 408 or >= 500 => BlobStoreErrorKind.Unavailable,
            409 when code == BlobErrorCode.ContainerBeingDeleted => BlobStoreErrorKind.Unavailable,

            // Sent well and received otherwise: the next time may go better.
            400 when code == BlobErrorCode.Md5Mismatch || code == "Crc64Mismatch" => BlobStoreErrorKind.Unavailable,
            _ => BlobStoreErrorKind.Refused,
        };
        var unknown = writes && (error.Status is 408 or >= 500 || (error.Status == NoAnswer && MayHaveArrived(error)));
        return new BlobStoreException(kind, $"{what} failed: {(code.Length > 0 ? code : error.Status == NoAnswer ? error.Message : "answered")} ({error.Status}).", unknown, RetryAfterOf(error), error);
    }

    /// <summary>False only if no connection was made over which anything could have been sent.</summary>
    private static bool MayHaveArrived(Exception? error) => error switch
    {
        null => true,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } => false,
        _ => error.InnerException is null || MayHaveArrived(error.InnerException),
    };

    private static TimeSpan? RetryAfterOf(RequestFailedException error)
    {
        if (error.GetRawResponse() is not { } response)
            return null;

        if (response.Headers.TryGetValue("retry-after-ms", out var text) || response.Headers.TryGetValue("x-ms-retry-after-ms", out text))
            return Parse(text, TimeSpan.FromMilliseconds(1));

        return response.Headers.TryGetValue("Retry-After", out text) ? Parse(text, TimeSpan.FromSeconds(1)) : null;
    }

    private static TimeSpan? Parse(string text, TimeSpan unit) =>
        uint.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count) ? count * unit : null;
}
