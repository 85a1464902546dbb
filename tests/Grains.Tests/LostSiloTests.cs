using System.Text;
using Orleans.Log.Conformance;
using Orleans.Log.Grains.Tests.Following;

namespace Orleans.Log.Grains.Tests;

/// <summary>A silo is killed while somebody waits for it: what they are told does not wait for Orleans, which would go on for ten minutes here.</summary>
public sealed class LostSiloTests : IAsyncLifetime
{
    private static readonly StreamName Name = StreamName.Parse("held");

    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _polled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _holding;
    private TestLog _log = null!;
    private ILogStream _stream = null!;

    public async Task InitializeAsync()
    {
        _log = await TestLog.StartAsync(
            configure: static log => log.RenewEvery = TimeSpan.FromMilliseconds(200),
            client: client => client.AddOutgoingGrainCallFilter(context =>
            {
                if (context.InterfaceMethod.Name == "MoveNext")
                    _polled.TrySetResult();

                return context.Invoke();
            }),
            silo: silo => silo.AddIncomingGrainCallFilter(HoldAsync),
            responseTimeout: TimeSpan.FromMinutes(10));
        await _log.Log.EnsureAsync(Name, new StreamConfigPatch(), EnsureCondition.None, default);

        // The machine may be slow to start a silo.
        var log = new ClusterLogService(_log.Cluster.Client, new ClusterLogOptions { RetryFor = TimeSpan.FromMinutes(1) }, TimeProvider.System);
        _stream = await log.OpenAsync(Name, default);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task An_append_without_a_stamp_may_have_happened_and_is_not_made_again()
    {
        _holding = nameof(ILogStreamGrain.AppendAsync);
        var append = AppendAsync("0");
        await _held.Task.OrFail();

        await LoseAsync();

        var told = await Should.ThrowAsync<LogException>(() => append.OrFail());
        (told.Code, told.SideEffects).ShouldBe((LogErrorCode.OutcomeUnknown, SideEffects.Possible));
        (await ReadAsync(ReadRequest.FromLsn(0))).ShouldBe(["0"]);
    }

    [Fact]
    public async Task A_read_that_waits_is_made_again()
    {
        await AppendAsync("0");
        _holding = nameof(ILogStreamGrain.ReadAsync);
        var read = ReadAsync(ReadRequest.FromLsn(0) with { Wait = Limits.ReadWait });
        await _held.Task.OrFail();

        await LoseAsync();

        (await read.OrFail()).ShouldBe(["0"]);
    }

    [Fact]
    public async Task A_follower_goes_on_where_it_was()
    {
        await AppendAsync("0");
        await using var follower = new Follower(_log.Log, Name, ReadRequest.FromLsn(0));
        (await follower.NextAsync()).ShouldBe(["0"]);
        var next = follower.NextAsync();
        await _polled.Task.OrFail();

        await LoseAsync();
        await using (var appender = await _log.Log.OpenAppenderAsync(Name.Value))
            await appender.AppendAsync([Client.NewRecord.FromText("1")]).OrFail();

        (await next).ShouldBe(["1"]);
    }

    /// <summary>Does what the call asks for, and keeps the answer.</summary>
    private async Task HoldAsync(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.ImplementationMethod.Name != _holding)
            return;

        _held.TrySetResult();
        await new TaskCompletionSource().Task;
    }

    private async Task LoseAsync()
    {
        var silo = _log.Cluster.Silos[0];
        _holding = null;
        await _log.Cluster.KillSiloAsync(silo);
        await _log.RestartAsync(silo);
    }

    private Task<AppendResult> AppendAsync(string text) => _stream.AppendAsync(new RecordBatch(Encoding.UTF8.GetBytes(text)), default, default).AsTask();

    private async Task<string[]> ReadAsync(ReadRequest request) => Follower.Texts(await _stream.ReadAsync(request, default));
}
