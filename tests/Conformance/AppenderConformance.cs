namespace Orleans.Log.Conformance;

/// <summary>
/// What an appender does while nothing is wrong with the service. Derive, say how the log is started, and every scenario runs. Cut
/// into files by duty: order and room, closing, time-outs.
/// </summary>
public abstract partial class AppenderConformance
{
    private const string Stream = "conformance";

    /// <summary>A running log with nothing in it.</summary>
    protected abstract Task<ILogUnderTest> StartAsync();

    private async Task<ILogUnderTest> StartWithStreamAsync()
    {
        var log = await StartAsync();
        await log.CreateStreamAsync(Stream);
        return log;
    }

    /// <summary>A batch whose records say which batch and which record they are.</summary>
    private static string[] Batch(int number, int records = 3) => [.. Enumerable.Range(0, records).Select(i => $"{number}.{i}")];

    /// <summary>Holds callbacks back until it is opened.</summary>
    private sealed class Door : IDisposable
    {
        private readonly ManualResetEventSlim _open = new();

        public void Pass(Outcome outcome) => _open.Wait(TimeSpan.FromSeconds(60)).ShouldBeTrue("the door is opened by the test");

        public void Open() => _open.Set();

        public void Dispose() => _open.Set();
    }
}
