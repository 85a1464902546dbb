namespace Orleans.Log.Engine.Catalog;

/// <summary>One change of the catalog that has its place in the order and waits for the disk.</summary>
/// <param name="entry">Number of its entry.</param>
/// <param name="stream">The stream that it is about.</param>
/// <param name="config">The configuration that comes into force with it, if any.</param>
internal sealed class CatalogChange(long entry, LogNodeStream stream, StreamConfig? config)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Entry { get; } = entry;

    /// <summary>Ends when it is durable; fails if nobody knows whether it is.</summary>
    public Task Settled => _settled.Task;

    public void Settle()
    {
        if (config is not null)
            stream.Pipeline.Config = config;

        _settled.SetResult();
    }

    public void Fail(Exception error)
    {
        _settled.SetException(new LogException(LogErrorCode.OutcomeUnknown, "The node stopped before the change was durable.", default, error));
        _ = _settled.Task.Exception; // Seen here, so that a change nobody waits for any longer is no unobserved failure.
    }
}
