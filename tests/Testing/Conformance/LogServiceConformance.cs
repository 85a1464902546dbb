using System.Buffers;
using System.Text;

namespace Orleans.Log.Testing.Conformance;

/// <summary>Makes the log that a conformance suite examines. Has a constructor without parameters.</summary>
public interface ILogServiceFactory
{
    /// <summary>A fresh, empty log whose only clock is <paramref name="time"/>.</summary>
    Task<ILogService> StartAsync(TimeProvider time);

    /// <summary>Ends it and removes what it left.</summary>
    Task StopAsync();
}

/// <summary>
/// What every <see cref="ILogService"/> must do, as scenarios. An implementation derives one sealed class from each suite in this
/// namespace, giving its factory; nothing else.
/// </summary>
public abstract class LogServiceConformance<TFactory> : IAsyncLifetime
    where TFactory : ILogServiceFactory, new()
{
    private readonly TFactory _factory = new();

    protected static CancellationToken None => CancellationToken.None;

    protected ManualTimeProvider Time { get; } = new();

    protected ILogService Log { get; private set; } = null!;

    protected long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public async Task InitializeAsync() => Log = await _factory.StartAsync(Time);

    public Task DisposeAsync() => _factory.StopAsync();

    protected async Task<ILogStream> CreateAsync(string name, StreamConfigPatch? patch = null)
    {
        (await Log.EnsureAsync(StreamName.Parse(name), patch ?? new StreamConfigPatch(), EnsureCondition.None, None)).Created.ShouldBeTrue();
        return await Log.OpenAsync(StreamName.Parse(name), None);
    }

    /// <summary>A stream that holds records of these texts, one batch each.</summary>
    protected async Task<ILogStream> CreateWithAsync(string name, params string[] texts)
    {
        var stream = await CreateAsync(name);
        foreach (var text in texts)
            await AppendAsync(stream, text);

        return stream;
    }

    protected static ValueTask<AppendResult> AppendAsync(ILogStream stream, params string[] texts) =>
        AppendAsync(stream, AppendConditions.None, texts);

    protected static ValueTask<AppendResult> AppendAsync(ILogStream stream, in AppendConditions conditions, params string[] texts) =>
        stream.AppendAsync(Batch(texts), conditions, None);

    protected static RecordBatch Batch(params string[] texts) =>
        new(texts.Select(text => new AppendRecord(Encoding.UTF8.GetBytes(text))).ToArray());

    protected static RecordBatch Of(params AppendRecord[] records) => new(records);

    protected static AppendRecord Record(string text, long? timestamp = null, params (string Name, string Value)[] headers) => new(
        new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)),
        headers.Select(header => new RecordHeader(Encoding.UTF8.GetBytes(header.Name), Encoding.UTF8.GetBytes(header.Value))).ToArray(),
        timestamp);

    /// <summary>Texts of one page.</summary>
    protected static async Task<string[]> ReadAsync(ILogStream stream, ReadRequest request)
    {
        using var page = await stream.ReadAsync(request, None);
        return Texts(page);
    }

    protected static string[] Texts(ReadPage page) => [.. page.Records.ToArray().Select(record => Encoding.UTF8.GetString(record.Payload.Span))];

    /// <summary>Asserts that the call fails with the code, and returns what the failure says.</summary>
    protected static async Task<LogErrorFacts> ShouldFailAsync<T>(LogErrorCode code, Func<ValueTask<T>> call)
    {
        var failure = await Should.ThrowAsync<LogException>(async () => await call());
        failure.Code.ShouldBe(code, failure.Message);
        failure.Message.ShouldNotBeNullOrWhiteSpace();
        return failure.Facts;
    }

    /// <summary>Awaits what must end by itself, and says what did not.</summary>
    protected static async Task<T> SoonAsync<T>(ValueTask<T> task, string what)
    {
        try
        {
            return await task.AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException("Did not end: " + what, e);
        }
    }
}
