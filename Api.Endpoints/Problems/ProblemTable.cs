using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Orleans.Log.Api.Endpoints.Problems;

/// <summary>How an error code looks over HTTP. What it means for the caller is in <see cref="LogErrors"/>, not here.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">The same words for every error of the code.</param>
/// <param name="RetryAfterSeconds">What <c>Retry-After</c> says, or null for no such header.</param>
internal readonly record struct ProblemRow(int Status, string Title, int? RetryAfterSeconds = null);

/// <summary>
/// The one table from error codes to HTTP. 429 and 503 belong to codes that promise no side effect, and to no others: a test holds
/// this, and docs/HTTP.md, to <see cref="LogErrors"/>.
/// </summary>
internal static class ProblemTable
{
    public static ProblemRow Row(LogErrorCode code) => code switch
    {
        LogErrorCode.BadRequest => new(StatusCodes.Status400BadRequest, "The request is wrong"),
        LogErrorCode.BadRecord => new(StatusCodes.Status422UnprocessableEntity, "A record or batch breaks a rule"),
        LogErrorCode.UnsupportedMedia => new(StatusCodes.Status415UnsupportedMediaType, "The content type or encoding is not taken here"),
        LogErrorCode.Unauthenticated => new(StatusCodes.Status401Unauthorized, "It is not known who is calling"),
        LogErrorCode.Forbidden => new(StatusCodes.Status403Forbidden, "The caller may not do this"),
        LogErrorCode.StreamNotFound => new(StatusCodes.Status404NotFound, "There is no such stream"),
        LogErrorCode.StreamExists => new(StatusCodes.Status412PreconditionFailed, "The stream exists already"),
        LogErrorCode.ConfigMismatch => new(StatusCodes.Status412PreconditionFailed, "The configuration has another version"),
        LogErrorCode.AppendConditionFailed => new(StatusCodes.Status412PreconditionFailed, "The tail is not the expected one"),
        LogErrorCode.Fenced => new(StatusCodes.Status412PreconditionFailed, "This writer is shut out"),
        LogErrorCode.StaleProducerEpoch => new(StatusCodes.Status403Forbidden, "A newer epoch of this producer has written"),
        LogErrorCode.ProducerGap => new(StatusCodes.Status409Conflict, "The sequence is not the producer's next one"),
        LogErrorCode.StreamSealed => new(StatusCodes.Status409Conflict, "The stream is sealed"),
        LogErrorCode.Unwritten => new(StatusCodes.Status416RangeNotSatisfiable, "The position lies beyond the tail"),
        LogErrorCode.Trimmed => new(StatusCodes.Status410Gone, "The position lies below the head"),
        LogErrorCode.TooLarge => new(StatusCodes.Status413PayloadTooLarge, "Over a limit"),
        LogErrorCode.TooManyInFlight => new(StatusCodes.Status429TooManyRequests, "The stream has too much in flight", 1),
        LogErrorCode.Overloaded => new(StatusCodes.Status503ServiceUnavailable, "The node has too much in flight", 1),
        LogErrorCode.Moving => new(StatusCodes.Status503ServiceUnavailable, "The stream is changing its leader", 1),
        LogErrorCode.Draining => new(StatusCodes.Status503ServiceUnavailable, "The node is shutting down", 2),
        LogErrorCode.ReadOnlyDiskFull => new(StatusCodes.Status503ServiceUnavailable, "The disk is full; reads and trims work", 10),
        LogErrorCode.StoreUnavailable => new(StatusCodes.Status503ServiceUnavailable, "The blob store cannot be reached; appends work", 5),
        LogErrorCode.Unavailable => new(StatusCodes.Status503ServiceUnavailable, "The node that holds the stream is away", 1),
        LogErrorCode.TimedOut => new(StatusCodes.Status504GatewayTimeout, "It took too long and may have happened"),
        LogErrorCode.OutcomeUnknown => new(StatusCodes.Status504GatewayTimeout, "It may have happened"),
        LogErrorCode.Internal => new(StatusCodes.Status500InternalServerError, "A defect"),
        LogErrorCode.Corrupt => new(StatusCodes.Status500InternalServerError, "Stored data is damaged"),
        LogErrorCode.Closed => new(StatusCodes.Status500InternalServerError, "Closed by its owner"),
        _ => throw new UnreachableException(),
    };
}
