using Orleans.Log.Conformance;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>A log that is reached over HTTP with the real client; what serves it is said by those who derive.</summary>
internal abstract class HttpLog : ILogUnderTest
{
    private readonly List<LogClient> _clients = [];

    protected abstract Uri Address { get; }

    /// <summary>Appenders send over sessions.</summary>
    protected virtual bool Sessions => true;

    /// <summary>A client with the ordinary options; disposed with the log.</summary>
    public LogClient Client => _clients.Count > 0 ? _clients[0] : MakeClient(TimeProvider.System);

    public Task CreateStreamAsync(string stream) => Client.EnsureStreamAsync(stream);

    public Task DeleteStreamAsync(string stream) => Client.DeleteStreamAsync(stream);

    public Task SealAsync(string stream) => Client.SealAsync(stream);

    public Task FenceAsync(string stream, string token) => Client.FenceAsync(stream, token);

    public async Task<IReadOnlyList<string>> ReadAllAsync(string stream)
    {
        var texts = new List<string>();
        while (true)
        {
            var page = await Client.ReadAsync(stream, ReadStart.AtLsn(texts.Count));
            texts.AddRange(page.Records.Select(record => record.Text));
            if (page.Next >= page.Tail)
                return texts;
        }
    }

    public Task<IAppender> OpenAsync(string stream, AppenderSetup setup) => LogStreamAppenderUnderTest.RefusedAsync<IAppender>(async () =>
    {
        var client = MakeClient(setup.Time);
        return new LogStreamAppenderUnderTest(await client.OpenAppenderAsync(stream, LogStreamAppenderUnderTest.Options(setup)));
    });

    public abstract Task KillAsync();

    public abstract Task RestartAsync();

    public virtual ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();

        return ValueTask.CompletedTask;
    }

    private LogClient MakeClient(TimeProvider time)
    {
        var options = new LogClientOptions
        {
            TimeProvider = time,
            Sessions = Sessions,
            MinRetryDelay = TimeSpan.FromMilliseconds(2),
            MaxRetryDelay = TimeSpan.FromMilliseconds(50),
        };
        var client = new LogClient(Address, options);
        _clients.Add(client);
        return client;
    }
}
