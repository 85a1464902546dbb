namespace Orleans.Log.Client;

/// <summary>
/// Shares one appender per stream among all callers in a process. An appender that somebody closed, or that is faulted, is closed for all
/// who hold it; the next <see cref="GetAsync"/> makes a new one. Safe for use by any number of threads.
/// </summary>
public sealed class AppenderPool : IAsyncDisposable
{
    private readonly IAppenderSource _source;
    private readonly AppenderOptions _options;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<LogStreamAppender>> _appenders = new(StringComparer.Ordinal);

    /// <summary>A pool whose appenders are all made alike.</summary>
    /// <param name="source">Opens them, for example a client. Must outlive the pool.</param>
    /// <param name="options">Without a producer id and first sequence: a second appender of a stream would repeat those of the first.</param>
    public AppenderPool(IAppenderSource source, AppenderOptions? options = null)
    {
        if (options is { ProducerId: not null } or { FirstSequence: not 0 })
            throw new ArgumentException("The appenders of a pool have producer ids of their own.", nameof(options));

        _source = source;
        _options = options ?? new AppenderOptions();
    }

    /// <summary>The stream's appender, made if there is none that is open; fails as <see cref="IAppenderSource.OpenAppenderAsync"/> does.</summary>
    public Task<LogStreamAppender> GetAsync(string stream, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (!_appenders.TryGetValue(stream, out var shared) || IsSpent(shared))
                _appenders[stream] = shared = _source.OpenAppenderAsync(stream, _options, CancellationToken.None);

            // One who gives up waiting leaves the others alone.
            return shared.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// An appender to one of the streams, tried in random order; <c>stream_not_found</c>, with the last failure inside, if none of them can
    /// be appended to.
    /// </summary>
    public async Task<LogStreamAppender> AnyAsync(IReadOnlyCollection<string> streams, CancellationToken cancellationToken = default)
    {
        LogClientException? last = null;
        var order = streams.ToArray();
        Random.Shared.Shuffle(order);
        foreach (var stream in order)
        {
            try
            {
                return await GetAsync(stream, cancellationToken);
            }
            catch (LogClientException e)
            {
                last = e;
            }
        }

        throw new LogClientException(LogClientErrors.StreamNotFound, "None of the streams can be appended to.", last?.Retryable ?? false, innerException: last);
    }

    /// <summary>Closes all appenders, which finish what they have accepted. The pool can be used on.</summary>
    public async Task ClearAsync()
    {
        List<Task<LogStreamAppender>> all;
        lock (_lock)
        {
            all = [.. _appenders.Values];
            _appenders.Clear();
        }

        foreach (var shared in all)
        {
            if (await shared.ContinueWith(static t => t.IsCompletedSuccessfully ? t.Result : null, TaskScheduler.Default) is { } appender)
                await appender.CloseAsync();
        }
    }

    /// <summary>Closes all appenders and waits for their last callbacks.</summary>
    public async ValueTask DisposeAsync() => await ClearAsync();

    private static bool IsSpent(Task<LogStreamAppender> shared) =>
        shared.IsCompleted && (!shared.IsCompletedSuccessfully || shared.Result.State != AppenderState.Open);
}
