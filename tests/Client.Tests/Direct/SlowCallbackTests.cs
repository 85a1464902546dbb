using Orleans.Log.Client.Appending;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Client.Tests.Direct;

public sealed class SlowCallbackTests
{
    [Fact]
    public async Task A_batch_that_was_acknowledged_in_time_may_wait_for_its_callback_as_long_as_it_takes()
    {
        var time = new ManualTimeProvider();
        var transport = new InstantTransport();
        var options = new AppenderOptions { PipelineSize = 2, CallTimeout = TimeSpan.FromSeconds(7) };
        await using var appender = new LogStreamAppender("s", "p", transport, options, new LogClientOptions { TimeProvider = time });
        using var door = new ManualResetEventSlim();
        await appender.AppendBatchAsync([NewRecord.FromText("0")], (_, _) => door.Wait());
        var behind = appender.AppendAsync([NewRecord.FromText("1")]);
        await transport.SentAsync(1).OrFail();

        time.Advance(TimeSpan.FromSeconds(70));
        door.Set();

        (await behind.OrFail()).Start.ShouldBe(1);
        appender.State.ShouldBe(AppenderState.Open);
    }

    /// <summary>Acknowledges a batch in the moment that it is sent.</summary>
    private sealed class InstantTransport : IAppendTransport
    {
        private readonly TaskCompletionSource[] _sent = [.. Enumerable.Range(0, 2).Select(_ => new TaskCompletionSource())];

        public Task SentAsync(int sequence) => _sent[sequence].Task;

        public ValueTask<Task<AppendAck>> SendAsync(EncodedBatch batch, CancellationToken cancellationToken)
        {
            _sent[batch.Sequence].SetResult();
            return ValueTask.FromResult(Task.FromResult(new AppendAck(batch.Sequence, batch.Sequence + 1, batch.Sequence + 1, Duplicate: false)));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
