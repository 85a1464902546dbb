using System.Text;
using Orleans.Hosting;
using Orleans.Log.Client;
using Orleans.Log.Conformance;
using Orleans.TestingHost;

namespace Orleans.Log.Grains.Tests.Appending;

/// <summary>A cluster of one silo, as a client of it sees it, whose calls the suite may disturb.</summary>
internal sealed class GrainLog : ILogWithFaults
{
    private readonly TestLog _log;
    private InProcessSiloHandle _silo;

    private GrainLog(TestLog log, Disturbances disturbances) => (_log, _silo, Disturbances) = (log, log.Cluster.Silos[0], disturbances);

    public Disturbances Disturbances { get; }

    public static async Task<GrainLog> StartAsync()
    {
        var disturbances = new Disturbances(seed: 20_26);
        var log = await TestLog.StartAsync(
            configure: static log => log.RenewEvery = TimeSpan.FromMilliseconds(200),
            client: client => client.AddOutgoingGrainCallFilter(new AppendDisturber(disturbances)));
        return new GrainLog(log, disturbances);
    }

    public async Task CreateStreamAsync(string stream) =>
        await _log.Log.EnsureAsync(StreamName.Parse(stream), new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);

    public async Task DeleteStreamAsync(string stream) => await _log.Log.DeleteAsync(StreamName.Parse(stream), CancellationToken.None);

    public async Task SealAsync(string stream) => await (await FindAsync(stream)).SealAsync(CancellationToken.None);

    public async Task FenceAsync(string stream, string token) => await (await FindAsync(stream)).FenceAsync(token, expected: null, CancellationToken.None);

    public async Task<IReadOnlyList<string>> ReadAllAsync(string stream)
    {
        var texts = new List<string>();
        var opened = await FindAsync(stream);
        while (true)
        {
            using var page = await opened.ReadAsync(ReadRequest.FromLsn(texts.Count), CancellationToken.None);
            foreach (var record in page.Records.Span)
                texts.Add(Encoding.UTF8.GetString(record.Payload.Span));
            if (page.Next >= page.Tail)
                return texts;
        }
    }

    public Task<IAppender> OpenAsync(string stream, AppenderSetup setup) => LogStreamAppenderUnderTest.RefusedAsync<IAppender>(async () =>
    {
        var log = new ClusterLogService(_log.Cluster.Client, new ClusterLogOptions { RetryDelay = TimeSpan.FromMilliseconds(2) }, setup.Time);
        return new LogStreamAppenderUnderTest(await log.OpenAppenderAsync(stream, LogStreamAppenderUnderTest.Options(setup)));
    });

    public Task KillAsync() => _log.Cluster.KillSiloAsync(_silo);

    public async Task RestartAsync() => _silo = await _log.RestartAsync(_silo);

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private ValueTask<ILogStream> FindAsync(string stream) => _log.Log.OpenAsync(StreamName.Parse(stream), CancellationToken.None);

    /// <summary>Stands between client and cluster: loses and refuses appends as the suite says.</summary>
    private sealed class AppendDisturber(Disturbances faults) : IOutgoingGrainCallFilter
    {
        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.MethodName != nameof(ILogStreamGrain.AppendAsync))
            {
                await context.Invoke();
                return;
            }

            if (faults.Happens(faults.LoseRequest))
                throw Lost();
            if (faults.Happens(faults.Refuse))
                throw new LogException(LogErrorCode.Overloaded, "busy");

            await faults.PassAsync(CancellationToken.None);
            await context.Invoke();
            if (faults.Happens(faults.LoseAcknowledgement))
                throw Lost();
        }

        private static TimeoutException Lost() => new("lost");
    }
}
