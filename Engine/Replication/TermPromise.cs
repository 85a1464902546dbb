namespace Orleans.Log.Engine.Replication;

/// <summary>A promise that was accepted and waits for the disk.</summary>
internal sealed class TermPromise(TermGrant grant, TermPromise? next)
{
    private readonly TaskCompletionSource<TermGrant> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The promise made before this one and not kept yet.</summary>
    public TermPromise? Next = next;

    /// <summary>What is answered once it is durable.</summary>
    public TermGrant Grant { get; } = grant;

    /// <summary>Ends when the promise is durable.</summary>
    public Task<TermGrant> Task => _completion.Task;

    /// <summary>It is durable.</summary>
    public void Keep() => _completion.SetResult(Grant);

    /// <summary>Nobody knows whether it is durable.</summary>
    public void Break(Exception error) =>
        _completion.SetException(new LogException(LogErrorCode.Draining, "The node's log failed while a term was taken.", default, error));
}
