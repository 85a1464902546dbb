namespace Orleans.Log.Testing;

/// <summary>
/// The port in memory: exactly the semantics of <see cref="ILogService"/>, and nothing survives. For developing and testing fronts;
/// without a store unless given one; the conformance suite holds it and the engine to the same behaviour.
/// </summary>
public sealed class VolatileLogService(TimeProvider time, VolatileStore? store = null) : ILogService
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, VolatileLogStream> _streams = new(StringComparer.Ordinal);
    private readonly HashSet<string> _away = new(StringComparer.Ordinal);
    private ulong _ids;

    /// <summary>As if the node that holds the stream went away, or came back: it is listed as not available, and cannot be opened.</summary>
    public void SetAway(StreamName name, bool away)
    {
        lock (_lock)
        {
            if (away)
                _away.Add(name.Value);
            else
                _away.Remove(name.Value);
        }
    }

    /// <inheritdoc/>
    public ValueTask<EnsureResult> EnsureAsync(
        StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_streams.TryGetValue(name.Value, out var stream))
            {
                if (condition.MustBeNew)
                    throw new LogException(LogErrorCode.StreamExists, "The stream exists already.");

                return ValueTask.FromResult(new EnsureResult(stream.Configure(patch, condition.ConfigVersion), Created: false));
            }

            if (condition.MustExist || condition.ConfigVersion is not null)
                throw NotFound();

            var config = patch.ApplyTo(StreamConfig.Default);
            stream = new VolatileLogStream(name, new StreamId(new UInt128(0x5EED, ++_ids)), config, time, store);
            _streams.Add(name.Value, stream);
            return ValueTask.FromResult(new EnsureResult(stream.Describe(), Created: true));
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_streams.Remove(name.Value, out var stream))
                return ValueTask.FromResult(false);

            stream.Delete();
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (limit is < 1 or > Limits.ListPage)
            throw new LogException(LogErrorCode.BadRequest, $"limit must lie between 1 and {Limits.ListPage}.");

        lock (_lock)
        {
            var found = _streams.Values
                .Where(stream => stream.Name.Value.StartsWith(prefix, StringComparison.Ordinal)
                    && string.CompareOrdinal(stream.Name.Value, after) > 0)
                .Take(limit + 1)
                .Select(stream => stream.Describe() with { Available = !_away.Contains(stream.Name.Value) })
                .ToList();
            var page = found.Take(limit).ToList();
            return ValueTask.FromResult(new StreamPage(page, found.Count > limit ? page[^1].Name : null));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ILogStream> OpenAsync(StreamName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_away.Contains(name.Value))
                throw new LogException(LogErrorCode.Unavailable, "The node that holds the stream is away.");

            return _streams.TryGetValue(name.Value, out var stream) ? ValueTask.FromResult<ILogStream>(stream) : throw NotFound();
        }
    }

    internal static LogException NotFound() => new(LogErrorCode.StreamNotFound, "There is no stream of that name.");
}
