namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>Passes everything on to a real log, but lets a test decide how appends and reads end.</summary>
public sealed class ScriptedLogService(ILogService inner) : ILogService
{
    /// <summary>Called before each append; what it throws is its outcome, and its task is awaited before the outcome is given.</summary>
    public Func<int, Task>? OnAppend { get; set; }

    /// <summary>Called before each read; what it throws is its outcome.</summary>
    public Action? OnRead { get; set; }

    /// <summary>Called before each snapshot; what it throws is its outcome, and its task is awaited before the snapshot is asked for.</summary>
    public Func<Task>? OnSnapshot { get; set; }

    public ILogService Inner => inner;

    public ValueTask<EnsureResult> EnsureAsync(StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken) =>
        inner.EnsureAsync(name, patch, condition, cancellationToken);

    public ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, limit, cancellationToken);

    public async ValueTask<ILogStream> OpenAsync(StreamName name, CancellationToken cancellationToken) =>
        new ScriptedStream(this, await inner.OpenAsync(name, cancellationToken));

    private sealed class ScriptedStream(ScriptedLogService service, ILogStream stream) : ILogStream
    {
        public StreamName Name => stream.Name;

        public StreamId Id => stream.Id;

        public bool DecidesAtOnce => stream.DecidesAtOnce;

        public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken)
        {
            if (service.OnAppend is null)
                return stream.AppendAsync(batch, conditions, cancellationToken);

            Task script;
            try
            {
                script = service.OnAppend(batch.Count);
            }
            catch (Exception e)
            {
                return ValueTask.FromException<AppendResult>(e);
            }

            var append = stream.AppendAsync(batch, conditions, cancellationToken);
            return append.IsFaulted ? append : After(script, append);
        }

        public ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
        {
            service.OnRead?.Invoke();
            return stream.ReadAsync(request, cancellationToken);
        }

        public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) => stream.CheckTailAsync(cancellationToken);

        public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken) => stream.DescribeAsync(cancellationToken);

        public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) => stream.TrimAsync(before, cancellationToken);

        public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) =>
            stream.FenceAsync(token, expected, cancellationToken);

        public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) => stream.SealAsync(cancellationToken);

        public async ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken)
        {
            await (service.OnSnapshot?.Invoke() ?? Task.CompletedTask);
            return await stream.SnapshotAsync(cancellationToken);
        }

        public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken) =>
            stream.ListSnapshotsAsync(cancellationToken);

        private static async ValueTask<AppendResult> After(Task script, ValueTask<AppendResult> append)
        {
            await script;
            return await append;
        }
    }
}
