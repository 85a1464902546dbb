using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Endpoints.Documents;

/// <summary>Documentation of the routes about streams as things.</summary>
internal static class StreamDocs
{
    private const string ConfigTag = "The configuration's ETag, such as \"c7\", or *.";

    private static readonly ContentDocs Stream = new(WireMediaTypes.Json, typeof(StreamBody));

    public static RouteDocs Put { get; } = new()
    {
        Name = "ensureStream",
        Tag = "streams",
        Summary = "Make sure that a stream exists with this configuration",
        Description = "What the body leaves out is the default for a new stream and unchanged for an existing one.",
        Parameters =
        [
            ParameterDocs.Header("If-None-Match", "* creates only: an existing stream is stream_exists."),
            ParameterDocs.Header("If-Match", ConfigTag),
        ],
        Body = new BodyDocs(Required: false, new ContentDocs(WireMediaTypes.Json, typeof(StreamConfigBody))),
        Answers =
        [
            new(StatusCodes.Status200OK, "It was there; the configuration is as asked for.", Stream),
            new(StatusCodes.Status201Created, "It is new.", Stream),
        ],
        Problems = [LogErrorCode.StreamNotFound, LogErrorCode.StreamExists, LogErrorCode.ConfigMismatch, LogErrorCode.TooLarge, LogErrorCode.UnsupportedMedia, LogErrorCode.ReadOnlyDiskFull, LogErrorCode.TimedOut],
    };

    public static RouteDocs Get { get; } = new()
    {
        Name = "describeStream",
        Tag = "streams",
        Summary = "Describe a stream",
        Description = "ETag is that of the configuration. Log-Head and Log-Tail stand in headers too, so HEAD will do.",
        Answers = [new(StatusCodes.Status200OK, "The stream as it stands.", Stream)],
        Problems = [LogErrorCode.StreamNotFound],
    };

    public static RouteDocs Patch { get; } = new()
    {
        Name = "configureStream",
        Tag = "streams",
        Summary = "Change the configuration of a stream",
        Description = "RFC 7396: null takes a setting back to its default, or a label away.",
        Parameters = [ParameterDocs.Header("If-Match", ConfigTag)],
        Body = new BodyDocs(Required: true, new ContentDocs(WireMediaTypes.MergePatch, typeof(StreamConfigBody))),
        Answers = [new(StatusCodes.Status200OK, "The stream afterwards.", Stream)],
        Problems = [LogErrorCode.StreamNotFound, LogErrorCode.ConfigMismatch, LogErrorCode.TooLarge, LogErrorCode.UnsupportedMedia, LogErrorCode.ReadOnlyDiskFull, LogErrorCode.TimedOut],
    };

    public static RouteDocs Delete { get; } = new()
    {
        Name = "deleteStream",
        Tag = "streams",
        Summary = "Delete a stream",
        Description = "Idempotent: a stream that is not there is deleted already. Its name is free at once; its space follows.",
        Answers = [new(StatusCodes.Status202Accepted, "It is gone.")],
        Problems = [LogErrorCode.TimedOut],
    };

    public static RouteDocs List { get; } = new()
    {
        Name = "listStreams",
        Tag = "streams",
        Summary = "List streams in the order of their names",
        Description = "A Link header with rel=\"next\" leads to the next page, if there is one.",
        Parameters =
        [
            ParameterDocs.Query(WireRoutes.Prefix, "How the names start."),
            ParameterDocs.Query(WireRoutes.After, "Go on behind this name."),
            ParameterDocs.Number(WireRoutes.Limit, "Most streams, 1 to 1000; 100 if absent."),
        ],
        Answers = [new(StatusCodes.Status200OK, "One page.", new ContentDocs(WireMediaTypes.Json, typeof(StreamListBody)))],
    };
}
