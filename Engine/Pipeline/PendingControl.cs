namespace Orleans.Log.Engine.Pipeline;

/// <summary>A trim, fence or seal on its way.</summary>
internal sealed class PendingControl : PendingOp
{
    private readonly TaskCompletionSource<StreamPosition> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the caller awaits.</summary>
    public Task<StreamPosition> Task => _completion.Task;

    /// <summary>The head that it sets.</summary>
    public long? Head { get; init; }

    /// <summary>It ends the stream.</summary>
    public bool Seals { get; init; }

    /// <summary>Whether a token is set afterwards.</summary>
    public bool? Fences { get; init; }

    /// <inheritdoc/>
    public override void Show(ref Committed committed)
    {
        committed.Head = Head ?? committed.Head;
        committed.Sealed |= Seals;
        committed.Fenced = Fences ?? committed.Fenced;
    }

    /// <inheritdoc/>
    public override void Succeed(in Committed committed) => _completion.SetResult(committed.Position);

    /// <inheritdoc/>
    public override void Fail(LogException error) => _completion.SetException(error);
}
