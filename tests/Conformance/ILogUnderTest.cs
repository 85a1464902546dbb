namespace Orleans.Log.Conformance;

/// <summary>A running log service, with a way to make appenders to it, and to hurt it.</summary>
public interface ILogUnderTest : IAsyncDisposable
{
    /// <summary>Makes a stream.</summary>
    Task CreateStreamAsync(string stream);

    /// <summary>Deletes it.</summary>
    Task DeleteStreamAsync(string stream);

    /// <summary>Ends it.</summary>
    Task SealAsync(string stream);

    /// <summary>Sets its fencing token.</summary>
    Task FenceAsync(string stream, string token);

    /// <summary>All its records from LSN 0.</summary>
    Task<IReadOnlyList<string>> ReadAllAsync(string stream);

    /// <summary>Opens an appender; refused like a call if the stream cannot take one.</summary>
    Task<IAppender> OpenAsync(string stream, AppenderSetup setup);

    /// <summary>Ends the server without a goodbye; what it had acknowledged is still there after <see cref="RestartAsync"/>.</summary>
    Task KillAsync();

    /// <summary>Starts it again at the same address.</summary>
    Task RestartAsync();
}

/// <summary>A log service whose connections the suite may disturb.</summary>
public interface ILogWithFaults : ILogUnderTest
{
    /// <summary>The disturbances; may be changed at any time.</summary>
    Disturbances Disturbances { get; }
}

/// <summary>
/// What happens to appends between the client and the log, decided by a seeded random source. Read by the fixture for every append.
/// </summary>
public sealed class Disturbances(int seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private TaskCompletionSource _flowing = CompletedSource();
    private TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Probability that an append is lost on its way to the log.</summary>
    public double LoseRequest { get; set; }

    /// <summary>Probability that an append is carried out and its acknowledgement lost.</summary>
    public double LoseAcknowledgement { get; set; }

    /// <summary>Probability that an append is refused for now, without effect.</summary>
    public double Refuse { get; set; }

    /// <summary>How often each has happened.</summary>
    public int Happened { get; private set; }

    /// <summary>From now on appends that reach the log wait there, before they are carried out, until <see cref="Flow"/>.</summary>
    public void Stall()
    {
        lock (_lock)
        {
            _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Ends when the first append waits because of <see cref="Stall"/>.</summary>
    public Task StalledAsync()
    {
        lock (_lock)
            return _stalled.Task;
    }

    /// <summary>Lets them go on.</summary>
    public void Flow() => _flowing.TrySetResult();

    /// <summary>For the fixture: waits while appends are stalled.</summary>
    public Task PassAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_flowing.Task.IsCompleted)
                _stalled.TrySetResult();

            return _flowing.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>For the fixture: does it happen this time?</summary>
    public bool Happens(double probability)
    {
        lock (_lock)
        {
            if (_random.NextDouble() >= probability)
                return false;

            Happened++;
            return true;
        }
    }

    private static TaskCompletionSource CompletedSource()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
