using Orleans.Log.Client;

namespace Orleans.Log.Conformance;

/// <summary>Our appender, as the suite knows appenders: the same for every transport.</summary>
public sealed class LogStreamAppenderUnderTest(LogStreamAppender inner) : IAppender
{
    /// <inheritdoc/>
    public Task Completion => inner.Completion;

    /// <inheritdoc/>
    public string? Fault => inner.Fault?.Code;

    /// <inheritdoc/>
    public string State => inner.State.ToString();

    /// <summary>Its options, as the suite asks for them.</summary>
    public static AppenderOptions Options(AppenderSetup setup)
    {
        var defaults = new AppenderOptions();
        return new AppenderOptions
        {
            PipelineSize = setup.PipelineSize ?? defaults.PipelineSize,
            DefaultCallback = setup.DefaultCallback is { } callback ? Told(callback) : defaults.DefaultCallback,
            CallTimeout = setup.CallTimeout ?? defaults.CallTimeout,
            Resume = setup.Resume,
            ResumeTimeout = setup.ResumeTimeout ?? defaults.ResumeTimeout,
            FencingToken = setup.FencingToken,
            ProducerId = setup.ProducerId,
            ProducerEpoch = setup.ProducerEpoch,
        };
    }

    /// <summary>Runs a call, and tells its failure as the suite knows failures.</summary>
    public static async Task<T> RefusedAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (LogClientException e)
        {
            throw new AppendRefusedException(e.Code, e);
        }
    }

    /// <inheritdoc/>
    public void AppendBatch(IReadOnlyList<string> batch, Action<Outcome>? callback)
    {
        try
        {
            inner.AppendBatch(Records(batch), callback is null ? null : Told(callback));
        }
        catch (LogClientException e)
        {
            throw new AppendRefusedException(e.Code, e);
        }
    }

    /// <inheritdoc/>
    public Task AppendBatchAsync(IReadOnlyList<string> batch, Action<Outcome>? callback, CancellationToken cancellationToken = default)
    {
        ValueTask accepted;
        try
        {
            accepted = inner.AppendBatchAsync(Records(batch), callback is null ? null : Told(callback), cancellationToken);
        }
        catch (LogClientException e)
        {
            return Task.FromException(new AppendRefusedException(e.Code, e));
        }

        return accepted.IsCompletedSuccessfully
            ? Task.CompletedTask
            : RefusedAsync(async () =>
            {
                await accepted;
                return true;
            });
    }

    /// <inheritdoc/>
    public async Task<Outcome> AppendAsync(IReadOnlyList<string> batch)
    {
        try
        {
            var ack = await inner.AppendAsync(Records(batch));
            return new Outcome(ack.Start, ack.End, null, MayHaveHappened: false, null);
        }
        catch (LogClientException e)
        {
            // What is thrown is an instance of its own, around the one that all share.
            return Failed(e) with { ErrorObject = e.InnerException as LogClientException ?? e };
        }
    }

    /// <inheritdoc/>
    public void Close() => inner.Close();

    /// <inheritdoc/>
    public Task CloseAsync(CancellationToken cancellationToken = default) => inner.CloseAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static AppendCallback Told(Action<Outcome> callback) =>
        (ack, error) => callback(error is null ? new Outcome(ack.Start, ack.End, null, MayHaveHappened: false, null) : Failed(error));

    private static Outcome Failed(LogClientException e) =>
        new(0, 0, e.Code, e.SideEffects == CallSideEffects.Possible, e);

    private static NewRecord[] Records(IReadOnlyList<string> batch) => [.. batch.Select(NewRecord.FromText)];
}
