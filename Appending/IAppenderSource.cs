namespace Orleans.Log.Client;

/// <summary>Opens appenders: a client of the log, whatever it reaches the log by.</summary>
public interface IAppenderSource
{
    /// <summary>
    /// An appender to the stream, which must exist (<c>stream_not_found</c>) and not be sealed (<c>stream_sealed</c>). It lives until it
    /// is closed or faulted, and must not outlive its source.
    /// </summary>
    /// <param name="stream">Name of the stream.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up opening it.</param>
    /// <exception cref="LogClientException">The stream cannot be appended to now.</exception>
    Task<LogStreamAppender> OpenAppenderAsync(string stream, AppenderOptions? options = null, CancellationToken cancellationToken = default);
}
