using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Endpoints.Documents;

/// <summary>Documentation of the routes about snapshots.</summary>
internal static class SnapshotDocs
{
    public static RouteDocs Post { get; } = new()
    {
        Name = "takeSnapshot",
        Tag = "snapshots",
        Summary = "Offload everything that is committed, and publish a snapshot",
        Description = "Answered once everything below its lsn is in the blob store and can be rebuilt from there. If nothing was written since the last "
            + "one, that one is the answer. After timed_out it goes on: ask again. Without a blob store it is bad_request, reason no_store.",
        Answers = [new(StatusCodes.Status200OK, "The snapshot.", new ContentDocs(WireMediaTypes.Json, typeof(SnapshotBody)))],
        Problems = [LogErrorCode.StreamNotFound, LogErrorCode.UnsupportedMedia, LogErrorCode.StoreUnavailable, LogErrorCode.TimedOut, LogErrorCode.Corrupt],
    };

    public static RouteDocs List { get; } = new()
    {
        Name = "listSnapshots",
        Tag = "snapshots",
        Summary = "List the snapshots that the stream could be rebuilt from",
        Description = "Newest first. Empty without a blob store.",
        Answers = [new(StatusCodes.Status200OK, "The snapshots.", new ContentDocs(WireMediaTypes.Json, typeof(SnapshotListBody)))],
        Problems = [LogErrorCode.StreamNotFound, LogErrorCode.StoreUnavailable],
    };
}
