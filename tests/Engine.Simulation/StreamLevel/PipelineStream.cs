using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>A pipeline without a catalog, behind the port.</summary>
internal sealed class PipelineStream(StreamPipeline pipeline) : ILogStream
{
    public StreamPipeline Pipeline => pipeline;

    public StreamName Name { get; } = StreamName.Parse(pipeline.Id.ToString());

    public StreamId Id => pipeline.Id;

    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken) =>
        pipeline.AppendAsync(batch, conditions, cancellationToken);

    public ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) => pipeline.ReadAsync(request, cancellationToken);

    public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) => new(pipeline.Status.Position);

    public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) => pipeline.TrimAsync(before, cancellationToken);

    public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) =>
        pipeline.FenceAsync(token, expected, cancellationToken);

    public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) => pipeline.SealAsync(cancellationToken);

    public ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
