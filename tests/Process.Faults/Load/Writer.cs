using Orleans.Log.Client;

namespace Orleans.Log.Process.Faults.Load;

/// <summary>Appends numbered records to one stream without a pause, through a resuming appender, until it is stopped or fails.</summary>
internal sealed class Writer : IAsyncDisposable
{
    private readonly LogStreamAppender _appender;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private volatile LogClientException? _failure;

    private Writer(LogStreamAppender appender, Ledger ledger, Task begin)
    {
        _appender = appender;
        Ledger = ledger;
        _loop = Task.Run(async () =>
        {
            await begin;
            await RunAsync();
        });
    }

    public Ledger Ledger { get; }

    /// <summary>Why it gave up, if it did.</summary>
    public LogClientException? Failure => _failure;

    /// <summary>Opens the appender, and appends from the moment that <paramref name="begin"/> ends; at once if that is null.</summary>
    public static async Task<Writer> StartAsync(IAppenderSource log, string stream, string name, AppenderOptions? options = null, Task? begin = null) =>
        new(await log.OpenAppenderAsync(stream, options ?? new AppenderOptions { PipelineSize = 8, ResumeTimeout = TimeSpan.FromMinutes(2) }), new Ledger(name), begin ?? Task.CompletedTask);

    /// <summary>Ends when so many records more than now are acknowledged; fails if the writer gives up or nothing comes.</summary>
    public async Task MoreAsync(int records)
    {
        var reached = Ledger.MoreAsync(records);
        try
        {
            await Task.WhenAny(reached, _loop).WaitAsync(TimeSpan.FromMinutes(2));
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{Ledger.Writer} has {Ledger.Count} acknowledgements and gets no more.", error);
        }

        if (!reached.IsCompleted)
            throw new InvalidOperationException($"{Ledger.Writer} gave up.", Failure);
    }

    /// <summary>Takes no more; ends when everything that was on its way has its outcome.</summary>
    public async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await _appender.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await FinishAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            for (long number = 0; !_stop.IsCancellationRequested; number++)
            {
                var (sent, started) = (number, TimeProvider.System.GetUtcNow());
                await _appender.AppendBatchAsync([new NewRecord(Ledger.Payload(sent))], (ack, error) => OnOutcome(sent, started, ack, error));
            }
        }
        catch (LogClientException error)
        {
            _failure ??= error;
        }
    }

    private void OnOutcome(long number, DateTimeOffset started, AppendAck ack, LogClientException? error)
    {
        if (error is null)
            Ledger.OnAcknowledged(number, started, ack);
        else
            _failure ??= error;
    }
}
