using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains.Interfaces.Tests;

/// <summary>A grain that takes appends, and answers when the test says so; and tells its term, if the test gives it one.</summary>
internal sealed class ScriptedGrain : ILogStreamGrain
{
    private readonly TaskCompletionSource _calledTwice = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<AppendResult> _answer = new();

    public List<AppendCall> Calls { get; } = [];

    /// <summary>Ends with the second append.</summary>
    public Task CalledTwice => _calledTwice.Task;

    /// <summary>The term of its leader, or what becomes of the question.</summary>
    public Func<ValueTask<long>> OnDescribe { get; set; } = static () => throw new NotSupportedException();

    /// <summary>What becomes of a read.</summary>
    public Func<Task<PageOfRecords>> OnRead { get; set; } = static () => throw new NotSupportedException();

    public void Answer(in AppendResult result) => _answer.SetResult(result);

    public void Fail(Exception error) => _answer.SetException(error);

    public ValueTask<AppendResult> AppendAsync(AppendCall call, CancellationToken cancellationToken = default)
    {
        Calls.Add(call);
        _answer = new TaskCompletionSource<AppendResult>();
        if (Calls.Count == 2)
            _calledTwice.SetResult();

        return new(_answer.Task);
    }

    public ValueTask<EnsureResult> EnsureAsync(Guid request, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<bool> DeleteAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<PageOfRecords> ReadAsync(StreamId? stream, ReadRequest request, CancellationToken cancellationToken = default) => new(OnRead());

    public IAsyncEnumerable<PageOfRecords> FollowAsync(StreamId? stream, ReadRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<StreamPosition> CheckTailAsync(StreamId? stream, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public async ValueTask<StreamDescription> DescribeAsync(StreamId? stream, CancellationToken cancellationToken = default) =>
        new(StreamName.Parse("scripted"), stream!.Value, 0, 0, 0, Sealed: false, Fenced: false, await OnDescribe(), 0, null, StreamConfig.Default, 1, default);

    public ValueTask<StreamPosition> TrimAsync(StreamId? stream, long before, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<StreamPosition> FenceAsync(StreamId? stream, string token, string? expected, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<StreamPosition> SealAsync(StreamId? stream, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<SnapshotInfo> SnapshotAsync(StreamId? stream, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(StreamId? stream, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
