namespace Orleans.Log.Cli.Tests;

/// <summary>A log whose appends a test stands before, whatever they came by: it hands them on or not, and says what their caller is told.</summary>
internal sealed class InterposedLog(ILogService inner, Func<Func<ValueTask<AppendResult>>, ValueTask<AppendResult>> onAppend) : ILogService
{
    public ValueTask<EnsureResult> EnsureAsync(StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken) =>
        inner.EnsureAsync(name, patch, condition, cancellationToken);

    public ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, limit, cancellationToken);

    public async ValueTask<ILogStream> OpenAsync(StreamName name, CancellationToken cancellationToken) =>
        new InterposedStream(await inner.OpenAsync(name, cancellationToken), onAppend);

    private sealed class InterposedStream(ILogStream stream, Func<Func<ValueTask<AppendResult>>, ValueTask<AppendResult>> onAppend) : ILogStream
    {
        public StreamName Name => stream.Name;

        public StreamId Id => stream.Id;

        public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken)
        {
            var (taken, under) = (batch, conditions);
            return onAppend(() => stream.AppendAsync(taken, under, cancellationToken));
        }

        public ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) => stream.ReadAsync(request, cancellationToken);

        public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) => stream.CheckTailAsync(cancellationToken);

        public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken) => stream.DescribeAsync(cancellationToken);

        public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) => stream.TrimAsync(before, cancellationToken);

        public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) =>
            stream.FenceAsync(token, expected, cancellationToken);

        public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) => stream.SealAsync(cancellationToken);

        public ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken) => stream.SnapshotAsync(cancellationToken);

        public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken) => stream.ListSnapshotsAsync(cancellationToken);
    }
}
