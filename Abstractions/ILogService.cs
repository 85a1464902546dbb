namespace Orleans.Log;

/// <summary>
/// The port: what every front needs and every log provides, embedded or clustered. Safe for use by any number of threads. Every
/// failure is a <see cref="LogException"/>; cancellation throws <see cref="OperationCanceledException"/> and is honoured only while
/// nothing has happened yet.
/// </summary>
public interface ILogService
{
    /// <summary>
    /// Makes sure that the stream exists with the configuration that <paramref name="patch"/> asks for. Durable when it returns.
    /// </summary>
    /// <param name="name">The stream.</param>
    /// <param name="patch">What to set; the rest is the default for a new stream and unchanged for an existing one.</param>
    /// <param name="condition">What must hold, otherwise <see cref="LogErrorCode.StreamExists"/>, <see cref="LogErrorCode.StreamNotFound"/>
    /// or <see cref="LogErrorCode.ConfigMismatch"/>.</param>
    /// <param name="cancellationToken">Honoured until the change is ordered.</param>
    /// <returns>The stream, and whether it is new.</returns>
    ValueTask<EnsureResult> EnsureAsync(StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken);

    /// <summary>Deletes the stream and frees its name; returns false if there was none. Durable when it returns.</summary>
    ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken);

    /// <summary>
    /// Up to <paramref name="limit"/> (1 to <see cref="Limits.ListPage"/>) streams whose names start with <paramref name="prefix"/>,
    /// in ordinal order, after <paramref name="after"/>. Opens none of them.
    /// </summary>
    ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The stream, ready for use, or <see cref="LogErrorCode.StreamNotFound"/>. The result may be kept: it stays bound to this stream
    /// even if another one is created under the same name later.
    /// </summary>
    ValueTask<ILogStream> OpenAsync(StreamName name, CancellationToken cancellationToken);
}

/// <summary>What must hold for <see cref="ILogService.EnsureAsync"/>.</summary>
/// <param name="MustBeNew">The stream must not exist.</param>
/// <param name="MustExist">The stream must exist.</param>
/// <param name="ConfigVersion">The stream must exist with this version of its configuration.</param>
public readonly record struct EnsureCondition(bool MustBeNew = false, bool MustExist = false, long? ConfigVersion = null)
{
    /// <summary>Create or update.</summary>
    public static EnsureCondition None => default;
}

/// <summary>What <see cref="ILogService.EnsureAsync"/> found or made.</summary>
/// <param name="Stream">The stream afterwards.</param>
/// <param name="Created">It is new.</param>
public readonly record struct EnsureResult(StreamDescription Stream, bool Created);
