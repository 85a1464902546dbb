namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>The table of docs/HTTP.md once more, written by hand: code, status, Retry-After in seconds.</summary>
public static class ProblemCases
{
    public static TheoryData<LogErrorCode, int, int?> Table => new()
    {
        { LogErrorCode.BadRequest, 400, null },
        { LogErrorCode.BadRecord, 422, null },
        { LogErrorCode.UnsupportedMedia, 415, null },
        { LogErrorCode.Unauthenticated, 401, null },
        { LogErrorCode.Forbidden, 403, null },
        { LogErrorCode.StreamNotFound, 404, null },
        { LogErrorCode.StreamExists, 412, null },
        { LogErrorCode.ConfigMismatch, 412, null },
        { LogErrorCode.AppendConditionFailed, 412, null },
        { LogErrorCode.Fenced, 412, null },
        { LogErrorCode.StaleProducerEpoch, 403, null },
        { LogErrorCode.ProducerGap, 409, null },
        { LogErrorCode.StreamSealed, 409, null },
        { LogErrorCode.Unwritten, 416, null },
        { LogErrorCode.Trimmed, 410, null },
        { LogErrorCode.TooLarge, 413, null },
        { LogErrorCode.TooManyInFlight, 429, 1 },
        { LogErrorCode.Overloaded, 503, 1 },
        { LogErrorCode.Moving, 503, 1 },
        { LogErrorCode.Draining, 503, 2 },
        { LogErrorCode.ReadOnlyDiskFull, 503, 10 },
        { LogErrorCode.StoreUnavailable, 503, 5 },
        { LogErrorCode.Unavailable, 503, 1 },
        { LogErrorCode.TimedOut, 504, null },
        { LogErrorCode.OutcomeUnknown, 504, null },
        { LogErrorCode.Internal, 500, null },
        { LogErrorCode.Corrupt, 500, null },
        { LogErrorCode.Closed, 500, null },
    };
}
