using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <summary>
/// One node: the log streams of one data directory, in this process and nowhere else. Started by <see cref="StartAsync"/>, which recovers the directory or
/// formats an empty one; stopped by <see cref="DisposeAsync"/>, after which a start has nothing to repair. Safe for use by any number of threads.
/// <para>Failure: when a write or flush of the write-ahead log fails, everything pending ends with outcome_unknown, nothing is acknowledged any more, and
/// the host's <see cref="LogNodeHost.OnFailure"/> is called, which by default ends the process.</para>
/// </summary>
public sealed partial class LogNode : ILogService, IAsyncDisposable
{
    private readonly LogNodeOptions _options;
    private readonly LogNodeHost _host;
    private readonly ILogger _logger;
    private readonly LogNodeShared _shared;
    private readonly WriteAheadLog _wal;
    private readonly StreamNode _streams;
    private readonly StreamCatalog _catalog;
    private readonly Checkpointer _checkpointer;
    private readonly NodeStore? _store;
    private readonly Housekeeping _housekeeping;

    /// <summary>What the start found and did.</summary>
    public LogNodeRecoveryReport Recovery { get; }

    /// <inheritdoc/>
    public async ValueTask<EnsureResult> EnsureAsync(
        StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            var (stream, created) = await _catalog.EnsureAsync(name, patch, condition, id: null, cancellationToken);
            return new EnsureResult(stream.Describe(), created);
        }
        finally
        {
            _streams.Leave();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            var stream = await _catalog.FindAsync(name);
            var oldest = stream?.Pipeline.OldestLive;
            var deleted = await _catalog.DeleteAsync(name, cancellationToken);
            _shared.OnFreed(oldest);
            if (deleted && stream is { Pipeline.IsDeleted: true })
                _store?.OnDeleted(stream.Id);

            return deleted;
        }
        finally
        {
            _streams.Leave();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > Limits.ListPage)
        {
            throw new LogException(
                LogErrorCode.BadRequest,
                $"A page has 1 to {Limits.ListPage} streams.",
                new LogErrorFacts(Limit: Limits.ListPage, Unit: "streams"));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var found = await _catalog.ListAsync(prefix, after, limit);
        var page = new StreamDescription[Math.Min(found.Length, limit)];
        for (var i = 0; i < page.Length; i++)
            page[i] = found[i].Describe();

        return new StreamPage(page, found.Length > limit ? page[^1].Name : null);
    }

    /// <inheritdoc/>
    public ValueTask<ILogStream> OpenAsync(StreamName name, CancellationToken cancellationToken)
    {
        var find = _catalog.FindAsync(name);
        if (!find.IsCompletedSuccessfully)
            return Open(find);

        if (find.Result is not { } stream)
            return ValueTask.FromException<ILogStream>(StreamCatalog.NotFound(name));

        var open = stream.Pipeline.OpenAsync(cancellationToken);
        return open.IsCompletedSuccessfully ? new(stream) : Opened(stream, open);

        async ValueTask<ILogStream> Open(ValueTask<LogNodeStream?> pending)
        {
            var found = await pending ?? throw StreamCatalog.NotFound(name);
            return await Opened(found, found.Pipeline.OpenAsync(cancellationToken));
        }

        static async ValueTask<ILogStream> Opened(LogNodeStream stream, ValueTask open)
        {
            try
            {
                await open;
            }
            catch (LogException error) when (error.Code is LogErrorCode.ReadOnlyDiskFull or LogErrorCode.Draining)
            {
                // No term can be taken now. The stream can be read all the same, and refuses what would need one by itself.
            }

            return stream;
        }
    }

    /// <summary>The log, for the suites.</summary>
    internal WriteAheadLog Wal => _wal;

    /// <summary>The node's side of its store, for the suites; null without one.</summary>
    internal NodeStore? Store => _store;

    /// <summary>What it does for idle streams.</summary>
    internal Housekeeping Housekeeping => _housekeeping;

    /// <summary>Makes a checkpoint now, unless nothing was written since the last one.</summary>
    internal Task CheckpointAsync() => _checkpointer.CheckpointAsync();

    private void Enter()
    {
        if (!_streams.TryEnter())
            throw _streams.Refusal();
    }
}
