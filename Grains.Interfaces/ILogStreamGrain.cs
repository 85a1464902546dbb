using Orleans.Concurrency;
using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains;

/// <summary>
/// One log stream, by its name: the grain that gives its records their order, on the node that holds its write-ahead log. Every failure that is the log's own is a
/// <see cref="LogException"/>; what Orleans reports (a silo that is gone, a time-out) says nothing of what happened, so whoever appends should give a producer stamp, or use
/// <see cref="ClusterLogService"/>, which maps it.
/// <para>Calls that name a stream identity are refused with <see cref="LogErrorCode.StreamNotFound"/> if another stream stands under the name by now. Null means whatever stands there.</para>
/// <para>Appends interleave: the order is fixed as they arrive, and none waits for the flush of the one before it.</para>
/// </summary>
[Alias("olog.stream.v1")]
public interface ILogStreamGrain : IGrainWithStringKey
{
    /// <summary>See <see cref="ILogService.EnsureAsync"/>. Attempts of one <paramref name="request"/> count as one: whichever finds the stream that another has made is told that it was created. An empty one is none.</summary>
    [Alias("ensure")]
    ValueTask<EnsureResult> EnsureAsync(Guid request, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogService.DeleteAsync"/>.</summary>
    [Alias("delete")]
    ValueTask<bool> DeleteAsync(CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.AppendAsync"/>. Batches of one producer that overtake each other on the way are put back in order.</summary>
    [Alias("append")]
    ValueTask<AppendResult> AppendAsync(AppendCall call, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.ReadAsync"/>.</summary>
    [Alias("read")]
    [ReadOnly]
    [ResponseTimeout("00:01:00")]
    ValueTask<PageOfRecords> ReadAsync(StreamId? stream, ReadRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Follows the stream: every page from the start of the request on, then each new one as soon as it is committed, until the stream is sealed and read to its end. Ends with
    /// <c>EnumerationAbortedException</c> when the grain moves or rests: ask again from the last page's <see cref="PageOfRecords.Next"/>, as <see cref="ClusterLogService"/> does by itself.
    /// </summary>
    [Alias("follow")]
    IAsyncEnumerable<PageOfRecords> FollowAsync(StreamId? stream, ReadRequest request, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.CheckTailAsync"/>.</summary>
    [Alias("tail")]
    [ReadOnly]
    ValueTask<StreamPosition> CheckTailAsync(StreamId? stream, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.DescribeAsync"/>.</summary>
    [Alias("describe")]
    [ReadOnly]
    ValueTask<StreamDescription> DescribeAsync(StreamId? stream, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.TrimAsync"/>.</summary>
    [Alias("trim")]
    ValueTask<StreamPosition> TrimAsync(StreamId? stream, long before, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.FenceAsync"/>.</summary>
    [Alias("fence")]
    ValueTask<StreamPosition> FenceAsync(StreamId? stream, string token, string? expected, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.SealAsync"/>.</summary>
    [Alias("seal")]
    ValueTask<StreamPosition> SealAsync(StreamId? stream, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.SnapshotAsync"/>.</summary>
    [Alias("snapshot")]
    [ResponseTimeout("00:05:00")]
    ValueTask<SnapshotInfo> SnapshotAsync(StreamId? stream, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="ILogStream.ListSnapshotsAsync"/>.</summary>
    [Alias("snapshots")]
    [ReadOnly]
    ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(StreamId? stream, CancellationToken cancellationToken = default);
}
