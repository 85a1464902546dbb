using Orleans.Log.Engine.Catalog;

namespace Orleans.Log.Engine;

/// <content>What a cluster asks of a node beyond the port: streams under given identities, and leaders with terms of their own.</content>
public sealed partial class LogNode
{
    /// <summary>Identity of the node: it belongs to the data directory, not to the process or its address.</summary>
    public Guid NodeId => _wal.NodeId;

    /// <summary>Identity of the write-ahead log that was formatted in the data directory. With <see cref="NodeId"/> that of the replicas on this node.</summary>
    public Guid WalId => _wal.WalId;

    /// <summary>
    /// Makes the stream under an identity that the caller has chosen, so that a creation that was interrupted can be finished by making the same call again. Durable when it returns.
    /// <see cref="LogErrorCode.StreamExists"/> if the name belongs to another identity.
    /// </summary>
    /// <param name="name">The stream.</param>
    /// <param name="id">Its identity: 128 random bits, never used before.</param>
    /// <param name="patch">Its configuration; of no effect if the stream is there already.</param>
    /// <param name="cancellationToken">Honoured until the change is ordered.</param>
    public async ValueTask<EnsureResult> CreateAsync(StreamName name, StreamId id, StreamConfigPatch patch, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            if (await _catalog.FindAsync(name) is not { } stream)
            {
                (stream, var created) = await _catalog.EnsureAsync(name, patch, new EnsureCondition(MustBeNew: true), id, cancellationToken);
                return new EnsureResult(stream.Describe(), created);
            }

            return stream.Id == id
                ? new EnsureResult(stream.Describe(), Created: false)
                : throw new LogException(LogErrorCode.StreamExists, $"Stream {name} exists under another identity.");
        }
        finally
        {
            _streams.Leave();
        }
    }

    /// <summary>
    /// Takes a term of the stream for a new leader: durable when it returns, and every leader before it is shut out from the moment that the term is ordered.
    /// <see cref="LogErrorCode.StreamNotFound"/> if the node has no stream of that name and identity; <see cref="LogErrorCode.ReadOnlyDiskFull"/> if there is no room for a term;
    /// <see cref="LogErrorCode.Fenced"/> if another leader took one in the same moment.
    /// </summary>
    public async ValueTask<ILogStreamLeader> LeadAsync(StreamName name, StreamId id)
    {
        Enter();
        try
        {
            if (await _catalog.FindAsync(name) is not { } stream || stream.Id != id)
                throw StreamCatalog.NotFound(name);

            var tenure = await stream.Pipeline.LeadAsync();
            return new LogNodeLeader(stream, tenure?.Term);
        }
        finally
        {
            _streams.Leave();
        }
    }

    /// <summary>The stream without a leader, for reading only; null if the node has no stream of that name and identity.</summary>
    public async ValueTask<ILogStream?> FindAsync(StreamName name, StreamId id) =>
        await _catalog.FindAsync(name) is { } stream && stream.Id == id ? stream : null;
}
