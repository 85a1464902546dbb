namespace Orleans.Log.Api.Endpoints.Problems;

/// <summary>Short ways to refuse a request, so that a check reads as one line.</summary>
internal static class Refusal
{
    public static LogException BadRequest(string detail, string? reason = null) =>
        new(LogErrorCode.BadRequest, detail, new LogErrorFacts(Reason: reason));

    public static LogException BadRecord(string detail) => new(LogErrorCode.BadRecord, detail);

    public static LogException UnsupportedMedia(string detail, string reason) =>
        new(LogErrorCode.UnsupportedMedia, detail, new LogErrorFacts(Reason: reason));

    public static LogException TooLarge(string detail, long limit, string unit) =>
        new(LogErrorCode.TooLarge, detail, new LogErrorFacts(Limit: limit, Unit: unit));

    public static LogException OtherStream() =>
        new(LogErrorCode.StreamNotFound, "The stream was deleted; its name belongs to another one now.", new LogErrorFacts(Reason: Reasons.OtherStream));
}
