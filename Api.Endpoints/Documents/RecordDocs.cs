using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Sessions;

namespace Orleans.Log.Api.Endpoints.Documents;

/// <summary>Documentation of the routes about records.</summary>
internal static class RecordDocs
{
    public static RouteDocs Append { get; } = new()
    {
        Name = "appendRecords",
        Tag = "records",
        Summary = "Append one batch, whole or not at all",
        Description = "text/plain: every line is a record. octet-stream: the body is one. NDJSON: any number, appended and answered batch by "
            + "batch; the first failure ends it. A repeated batch of a producer is answered with its original positions, whatever else is "
            + "said; then the conditions are checked in this order: sealed, fenced, producer epoch, producer gap, expected tail. Bodies may come with Content-Encoding gzip or br.",
        Parameters =
        [
            ParameterDocs.Header("If-Match", "Append only if this is the tail, such as \"12\"."),
            ParameterDocs.Header(WireHeaders.FencingToken, "The writer's fencing token."),
            ParameterDocs.Header(WireHeaders.ProducerId, "With the two others: identity of the batch, which makes a retry harmless."),
            ParameterDocs.Header(WireHeaders.ProducerEpoch, "The producer's epoch."),
            ParameterDocs.Header(WireHeaders.ProducerSequence, "The batch's number within the epoch, from 0."),
        ],
        Body = new BodyDocs(
            Required: true,
            new ContentDocs(WireMediaTypes.Json, typeof(AppendBody)),
            new ContentDocs(WireMediaTypes.Text),
            new ContentDocs(WireMediaTypes.Octets),
            new ContentDocs(WireMediaTypes.NdJson, typeof(RecordBody)),
            new ContentDocs(WireMediaTypes.Frames)),
        Answers =
        [
            new(
                StatusCodes.Status200OK,
                "Committed, at these positions.",
                new ContentDocs(WireMediaTypes.Json, typeof(AppendedBody)),
                new ContentDocs(WireMediaTypes.NdJson, typeof(AppendLineBody))),
        ],
        Problems =
        [
            LogErrorCode.BadRecord, LogErrorCode.UnsupportedMedia, LogErrorCode.StreamNotFound, LogErrorCode.AppendConditionFailed,
            LogErrorCode.Fenced, LogErrorCode.StaleProducerEpoch, LogErrorCode.ProducerGap, LogErrorCode.StreamSealed,
            LogErrorCode.TooLarge, LogErrorCode.TooManyInFlight, LogErrorCode.Overloaded, LogErrorCode.Moving,
            LogErrorCode.ReadOnlyDiskFull, LogErrorCode.TimedOut, LogErrorCode.OutcomeUnknown, LogErrorCode.Corrupt,
        ],
    };

    public static RouteDocs Read { get; } = new()
    {
        Name = "readRecords",
        Tag = "records",
        Summary = "Read records, or follow the stream",
        Description = "One of from, since and last says where to start; without them it is the head. As text/event-stream the answer goes on "
            + "with what comes: events batch, ping, sealed and error; limit and max_bytes are then budgets for all connections together, "
            + "and Last-Event-ID resumes in the same stream; another one under the name is stream_not_found, reason other_stream. Log-Next, Log-Head and Log-Tail stand in headers.",
        Parameters =
        [
            ParameterDocs.Number(WireRoutes.From, "Start at this LSN."),
            ParameterDocs.Number(WireRoutes.Since, "Start at the first record of this time or later, milliseconds since 1970 UTC."),
            ParameterDocs.Number(WireRoutes.Last, "Start that many records before the tail."),
            ParameterDocs.Number(WireRoutes.Limit, "Most records, 1 to 10000; 1000 if absent."),
            ParameterDocs.Number(WireRoutes.MaxBytes, "Most bytes, 1 to 4194304; 1048576 if absent. The first record comes whatever its size."),
            ParameterDocs.Number(WireRoutes.Until, "Stop before the first record of this time or later, milliseconds since 1970 UTC; wait for none once that time has passed."),
            ParameterDocs.Number(WireRoutes.Wait, "How long to wait for a first record, 0 to 30 seconds."),
            ParameterDocs.Query(WireRoutes.Clamp, "true: take a start below the head as the head and one beyond the tail as the tail. Event streams: also when it resumes, and between pages."),
            ParameterDocs.Query(WireRoutes.As, "Payloads in JSON as text (default), base64 or json."),
            ParameterDocs.Query(WireRoutes.StreamId, "Only of the stream with this id; another one under the name is stream_not_found. Lets pages of history be kept without asking."),
            ParameterDocs.Header("If-None-Match", "ETag of a page of history: 304 if it still stands."),
            ParameterDocs.Header("Last-Event-ID", "Event streams: id of the last event that was seen, next,count,bytes,stream."),
        ],
        Answers =
        [
            new(
                StatusCodes.Status200OK,
                "One page, or an event stream.",
                new ContentDocs(WireMediaTypes.Json, typeof(PageBody)),
                new ContentDocs(WireMediaTypes.NdJson, typeof(RecordBody)),
                new ContentDocs(WireMediaTypes.Octets),
                new ContentDocs(WireMediaTypes.Frames),
                new ContentDocs(WireMediaTypes.EventStream)),
            new(StatusCodes.Status304NotModified, "The caller has this page of history."),
            new(StatusCodes.Status204NoContent, "octet-stream: there is no record yet. Event stream: it has ended for good."),
        ],
        Problems = [LogErrorCode.StreamNotFound, LogErrorCode.Unwritten, LogErrorCode.Trimmed, LogErrorCode.UnsupportedMedia, LogErrorCode.StoreUnavailable, LogErrorCode.Corrupt],
    };

    public static RouteDocs Session { get; } = new()
    {
        Name = "openAppenderSession",
        Tag = "records",
        Summary = "Change to the protocol of an appender session",
        Description = "Connection: Upgrade and Upgrade: orleans-log-session/1 over HTTP/1.1. Behind the 101 both sides send length-prefixed frames: appends, up to "
            + "1024 of them unanswered, and their outcomes in the same order. docs/HTTP.md has the layout. A session that is refused changes nothing: plain appends do the same.",
        Parameters =
        [
            ParameterDocs.Header("Upgrade", SessionFormat.Protocol),
            ParameterDocs.Header(WireHeaders.FencingToken, "The writer's fencing token, for every append."),
            ParameterDocs.Header(WireHeaders.ProducerId, "With the epoch: whose batches these are; each then carries its sequence."),
            ParameterDocs.Header(WireHeaders.ProducerEpoch, "The producer's epoch."),
        ],
        Answers = [new(StatusCodes.Status101SwitchingProtocols, "The session is open; frames follow.")],
        Problems = [LogErrorCode.Forbidden, LogErrorCode.StreamNotFound, LogErrorCode.TooLarge, LogErrorCode.Overloaded],
    };

    public static RouteDocs Tail { get; } = new()
    {
        Name = "checkTail",
        Tag = "records",
        Summary = "Tell head and tail",
        Description = "Linearizable: the tail is at least the end of everything acknowledged before.",
        Answers = [new(StatusCodes.Status200OK, "Where the stream stands.", new ContentDocs(WireMediaTypes.Json, typeof(TailBody)))],
        Problems = [LogErrorCode.StreamNotFound],
    };

    public static RouteDocs Trim { get; } = Command(
        "trimStream", "Give up everything below an LSN", "Below the head it has no effect.", new BodyDocs(Required: true, new ContentDocs(WireMediaTypes.Json, typeof(TrimBody))), LogErrorCode.Unwritten);

    public static RouteDocs Fence { get; } = Command(
        "fenceStream", "Set the fencing token", "From here on only appends that carry the token are taken. Empty removes it. Setting the present token has no effect, whatever is expected.", new BodyDocs(Required: true, new ContentDocs(WireMediaTypes.Json, typeof(FenceBody))), LogErrorCode.Fenced);

    public static RouteDocs Seal { get; } = Command(
        "sealStream", "End the stream for good", "Sealing a sealed stream has no effect.", body: null);

    private static RouteDocs Command(string name, string summary, string description, BodyDocs? body, params IReadOnlyList<LogErrorCode> problems) => new()
    {
        Name = name,
        Tag = "records",
        Summary = summary,
        Description = description + " Durable when it is answered.",
        Body = body,
        Answers = [new(StatusCodes.Status200OK, "The tail at which it took effect.", new ContentDocs(WireMediaTypes.Json, typeof(CommandBody)))],
        Problems = [LogErrorCode.StreamNotFound, LogErrorCode.UnsupportedMedia, LogErrorCode.TooLarge, LogErrorCode.TimedOut, LogErrorCode.OutcomeUnknown, .. problems],
    };
}
