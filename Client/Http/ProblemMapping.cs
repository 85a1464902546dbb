using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client.Http;

/// <summary>Turns what went wrong with a request into the exception that says so honestly.</summary>
internal static class ProblemMapping
{
    /// <summary>Most of a problem that is read, in bytes: whatever answers may not be ours.</summary>
    private const int MaxProblemBytes = 64 * 1024;

    /// <summary>The exception for an answer that is not a success.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="changes">The request could have changed something.</param>
    /// <param name="proxy">What stands between, for the message; null if nothing does.</param>
    /// <param name="cancellationToken">Ends the reading of the answer.</param>
    /// <exception cref="IOException">The answer is cut, or <see cref="HttpRequestException"/>.</exception>
    public static async Task<LogClientException> FromResponseAsync(
        HttpResponseMessage response,
        bool changes,
        string? proxy,
        CancellationToken cancellationToken)
    {
        var problem = await TryReadAsync(response, cancellationToken);
        return problem?.Code is { Length: > 0 }
            ? FromProblem(problem, (int)response.StatusCode, changes, RetryAfter(response.Headers.RetryAfter))
            : FromForeignStatus(response, changes, proxy);
    }

    /// <summary>The exception for a problem that has a code.</summary>
    public static LogClientException FromProblem(ProblemBody problem, int status, bool changes, TimeSpan? retryAfter) =>
        new(
            problem.Code!,
            problem.Detail ?? problem.Title ?? problem.Code!,
            problem.Retryable,
            Effects(changes, problem.SideEffects != WireErrors.NoSideEffects),
            new LogErrorDetails
            {
                Status = status,
                RetryAfter = retryAfter,
                Tail = problem.Tail,
                Head = problem.Head,
                ExpectedTail = problem.ExpectedTail,
                ExpectedSequence = problem.Expected,
                ReceivedSequence = problem.Received,
                Epoch = problem.Epoch,
                Limit = problem.Limit,
                Unit = problem.Unit,
                ConfigVersion = problem.ConfigVersion,
                Reason = problem.Reason,
                Next = problem.Next,
                TraceId = problem.TraceId,
            });

    /// <summary>The exception for a request that got no answer.</summary>
    /// <param name="failure">What the HTTP layer said.</param>
    /// <param name="changes">The request could have changed something.</param>
    /// <param name="nothingSent">It is known that no byte of the body went out.</param>
    /// <param name="proxy">What stands between, for the message; null if nothing does.</param>
    public static LogClientException FromConnection(Exception failure, bool changes, bool nothingSent, string? proxy = null)
    {
        var unreachable = failure is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };
        return unreachable || nothingSent
            ? new LogClientException(
                LogClientErrors.Unreachable,
                $"No connection to the server could be made.{ProxyName.Hint(proxy)}",
                retryable: true,
                innerException: failure)
            : new LogClientException(
                LogClientErrors.OutcomeUnknown,
                $"The connection broke before the answer was complete.{ProxyName.Hint(proxy)}",
                retryable: true,
                Effects(changes, possible: true),
                innerException: failure);
    }

    /// <summary>The exception for a request that got no answer in time.</summary>
    public static LogClientException FromTimeout(TimeSpan timeout, bool changes, bool nothingSent, Exception failure) =>
        new(
            LogClientErrors.TimedOut,
            $"No complete answer within {timeout.TotalSeconds:0.###} s.",
            retryable: true,
            Effects(changes, !nothingSent),
            innerException: failure);

    /// <summary>The exception for an answer that says success but is not what this version can read.</summary>
    public static LogClientException FromUnreadable(string what, bool changes, Exception failure) =>
        new(
            WireErrors.Internal,
            $"The server's answer is not {what}.",
            retryable: false,
            Effects(changes, possible: true),
            innerException: failure);

    private static CallSideEffects Effects(bool changes, bool possible) =>
        changes && possible ? CallSideEffects.Possible : CallSideEffects.None;

    /// <summary>
    /// An answer without a problem of ours: from a proxy on the way, or not from this service at all. Nothing is promised, so a
    /// change may have happened, unless the status itself says that the request was not understood.
    /// </summary>
    private static LogClientException FromForeignStatus(HttpResponseMessage response, bool changes, string? proxy)
    {
        var status = response.StatusCode;
        var (code, retryable, possible) = status switch
        {
            HttpStatusCode.Unauthorized => (WireErrors.Unauthenticated, false, false),
            HttpStatusCode.Forbidden => (WireErrors.Forbidden, false, false),
            HttpStatusCode.RequestEntityTooLarge => (WireErrors.TooLarge, false, false),
            HttpStatusCode.UnsupportedMediaType => (WireErrors.UnsupportedMedia, false, false),
            HttpStatusCode.TooManyRequests => (WireErrors.Overloaded, true, false),
            HttpStatusCode.RequestTimeout => (WireErrors.TimedOut, true, true),
            >= HttpStatusCode.InternalServerError => (WireErrors.OutcomeUnknown, true, true),
            _ => (WireErrors.BadRequest, false, false),
        };
        return new LogClientException(
            code,
            $"The server answered {(int)status} without saying why.{ProxyName.Hint(proxy)}",
            retryable,
            Effects(changes, possible),
            new LogErrorDetails { Status = (int)status, RetryAfter = RetryAfter(response.Headers.RetryAfter) });
    }

    /// <summary>
    /// Does the answer say where it ends, so that one that is cut shows as a broken connection? One of a proxy that ends with its connection does not: if that cannot be
    /// understood it may have been cut. To be asked before the answer is read.
    /// </summary>
    public static bool IsDelimited(HttpResponseMessage response) =>
        response.Content.Headers.ContentLength is not null || response.Headers.TransferEncodingChunked == true || response.Version.Major > 1;

    /// <summary>
    /// The problem that the answer is, or null if it is none. Throws <see cref="HttpRequestException"/> or <see cref="IOException"/> if the answer is cut: what it would have said is
    /// not known, whatever its status.
    /// </summary>
    public static async Task<ProblemBody?> TryReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != WireMediaTypes.Problem
            || response.Content.Headers.ContentLength > MaxProblemBytes)
        {
            return null;
        }

        var delimited = IsDelimited(response);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxProblemBytes, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(body, WireJson.Default.ProblemBody, cancellationToken);
        }
        catch (JsonException) when (delimited)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new IOException("The answer ended in the middle.", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return null;
        }
    }

    // Only seconds: a date would need this machine's clock to be right.
    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta;
}
