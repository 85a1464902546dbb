using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Appending.Tests;

public sealed class SlowCallbackTests
{
    [Fact]
    public async Task A_batch_that_was_acknowledged_in_time_may_wait_for_its_callback_as_long_as_it_takes()
    {
        var time = new ManualTimeProvider();
        var transport = new InstantTransport();
        var options = new AppenderOptions { PipelineSize = 2, CallTimeout = TimeSpan.FromSeconds(7) };
        await using var appender = new LogStreamAppender("s", "p", transport, options, new Backoff(TimeSpan.Zero, TimeSpan.Zero, time, () => 0));
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
    private sealed class InstantTransport : IAppendTransport, IOutgoingBatch
    {
        private readonly TaskCompletionSource[] _sent = [.. Enumerable.Range(0, 2).Select(_ => new TaskCompletionSource())];

        public Task SentAsync(int sequence) => _sent[sequence].Task;

        public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) => this;

        public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken)
        {
            _sent[sequence].SetResult();
            return ValueTask.FromResult(Task.FromResult(new AppendAck(sequence, sequence + 1, sequence + 1, Duplicate: false)));
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
