namespace Orleans.Log.Benchmarks;

/// <summary>Follows one stream through the port from its present tail on, and counts.</summary>
internal sealed class PortFollower : IDisposable
{
    private readonly ILogStream _stream;
    private readonly CancellationTokenSource _stop = new();
    private readonly Action<ReadPage>? _onPage;
    private long _next;
    private Task _following = Task.CompletedTask;

    private PortFollower(ILogStream stream, long next, Action<ReadPage>? onPage) => (_stream, _next, _onPage) = (stream, next, onPage);

    /// <summary>Records that it has had.</summary>
    public long Records { get; private set; }

    /// <summary>Pages that they came in.</summary>
    public long Pages { get; private set; }

    /// <summary>Begins to follow.</summary>
    public static async Task<PortFollower> StartAsync(ILogStream stream, Action<ReadPage>? onPage = null)
    {
        var follower = new PortFollower(stream, (await stream.CheckTailAsync(CancellationToken.None)).Tail, onPage);
        follower._following = Task.Run(follower.FollowAsync);
        return follower;
    }

    /// <summary>Waits until it has had everything that the stream holds now, and stops it. Throws <see cref="TimeoutException"/> if that takes longer than <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        var tail = (await _stream.CheckTailAsync(CancellationToken.None)).Tail;
        var until = TimeProvider.System.GetTimestamp() + (long)(patience.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (Volatile.Read(ref _next) < tail && !_following.IsCompleted)
        {
            if (TimeProvider.System.GetTimestamp() > until)
                throw new TimeoutException($"The follower of {_stream.Name} is at {_next} of {tail}.");

            await Task.Delay(1);
        }

        await _stop.CancelAsync();
        await _following;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                using var page = await _stream.ReadAsync(ReadRequest.FromLsn(_next) with { Wait = Limits.ReadWait }, _stop.Token);
                _onPage?.Invoke(page);
                Records += page.Records.Length;
                Pages += page.Records.IsEmpty ? 0 : 1;
                Volatile.Write(ref _next, page.Next);
            }
        }
        catch (OperationCanceledException)
        {
            // It was told to stop.
        }
    }
}
