namespace Orleans.Log.Testing;

/// <summary>One stream in memory. Everything happens under one lock; what is appended is committed at once.</summary>
public sealed partial class VolatileLogStream : ILogStream
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly VolatileStore? _store;
    private readonly List<LogRecord> _records = [];
    private readonly Dictionary<string, Producer> _producers = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _createdAt;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamConfig _config;
    private long _configVersion = 1;
    private long _head;
    private long _tail;
    private long? _lastTimestamp;
    private string _token = string.Empty;
    private bool _sealed;
    private bool _deleted;

    internal VolatileLogStream(StreamName name, StreamId id, StreamConfig config, TimeProvider time, VolatileStore? store)
    {
        Name = name;
        Id = id;
        _config = config;
        _time = time;
        _store = store;
        _createdAt = time.GetUtcNow();
    }

    /// <inheritdoc/>
    public StreamName Name { get; }

    /// <inheritdoc/>
    public StreamId Id { get; }

    /// <inheritdoc/>
    public bool DecidesAtOnce => true;

    /// <inheritdoc/>
    public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) => Command(() => { }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfDeleted();
            return ValueTask.FromResult(Describe());
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) => Command(
        () =>
        {
            if (before < 0)
                throw new LogException(LogErrorCode.BadRequest, "before must not be negative.");
            if (before > _tail)
                throw new LogException(LogErrorCode.Unwritten, "before lies beyond the tail.", new LogErrorFacts(Tail: _tail));
            if (before <= _head)
                return;

            _records.RemoveRange(0, (int)(before - _head));
            _head = before;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) => Command(
        () =>
        {
            CheckToken(token);
            if (string.Equals(token, _token, StringComparison.Ordinal))
                return;
            if (FencingTokens.Refuse(token) is { } refusal)
                throw refusal;
            if (expected is not null && !string.Equals(expected, _token, StringComparison.Ordinal))
                throw new LogException(LogErrorCode.Fenced, "The present fencing token is another one.");

            _token = token;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) => Command(
        () =>
        {
            _sealed = true;
            WakeReaders();
        },
        cancellationToken);

    internal StreamDescription Configure(StreamConfigPatch patch, long? expectedVersion)
    {
        lock (_lock)
        {
            if (expectedVersion is not null && expectedVersion != _configVersion)
            {
                var facts = new LogErrorFacts(ConfigVersion: _configVersion);
                throw new LogException(LogErrorCode.ConfigMismatch, "The configuration has another version.", facts);
            }

            var changed = patch.ApplyTo(_config);
            if (!changed.Equals(_config))
            {
                _config = changed;
                _configVersion++;
            }

            return Describe();
        }
    }

    internal StreamDescription Describe()
    {
        lock (_lock)
        {
            return new StreamDescription(
                Name, Id, _head, _tail, Offloaded, _sealed, _token.Length > 0, 1, Bytes, _lastTimestamp, _config, _configVersion, _createdAt);
        }
    }

    internal void Delete()
    {
        lock (_lock)
        {
            _deleted = true;
            WakeReaders();
        }
    }

    private long Bytes => _records.Sum(record => record.Payload.Length + (long)Limits.RecordOverheadBytes);

    private static void CheckToken(string token)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(token) > Limits.FencingTokenBytes)
        {
            var facts = new LogErrorFacts(Limit: Limits.FencingTokenBytes, Unit: "bytes");
            throw new LogException(LogErrorCode.TooLarge, "The fencing token is too long.", facts);
        }
    }

    private ValueTask<StreamPosition> Command(Action act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfDeleted();
            act();
            return ValueTask.FromResult(new StreamPosition(_head, _tail, _sealed, _lastTimestamp, Offloaded));
        }
    }

    private void ThrowIfDeleted()
    {
        if (_deleted)
            throw VolatileLogService.NotFound();
    }

    private void WakeReaders()
    {
        _moved.SetResult();
        _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Producer(int epoch)
    {
        public const int Remembered = 64;

        public int Epoch { get; } = epoch;

        public long NextSequence { get; set; }

        public Queue<(long Sequence, long Start, long End)> Results { get; } = [];
    }
}
