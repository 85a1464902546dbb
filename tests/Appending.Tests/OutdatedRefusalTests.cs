using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Appending.Tests;

/// <summary>A server that was away has told every batch of a pipeline to come back in a while. When the first of them is in, the others need not wait that long once more, one after the other.</summary>
public sealed class OutdatedRefusalTests
{
    private static readonly TimeSpan Asked = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task The_pause_that_a_whole_pipeline_was_asked_for_is_made_once()
    {
        var time = new ManualTimeProvider();
        var transport = new AwayTransport(batches: 4);
        await using var appender = Open(transport, time);
        var batches = await RefusedAsync(appender, transport);
        await time.TimerArmedAsync(Asked).OrFail();

        transport.IsBack = true;
        time.Advance(Asked);

        (await Task.WhenAll(batches).OrFail()).Select(static ack => ack.Start).ShouldBe([0, 1, 2, 3]);
    }

    [Fact]
    public async Task What_is_refused_when_it_is_the_oldest_waits_as_it_was_asked_to()
    {
        var time = new ManualTimeProvider();
        var transport = new AwayTransport(batches: 2);
        await using var appender = Open(transport, time);
        var batches = await RefusedAsync(appender, transport);
        await time.TimerArmedAsync(Asked).OrFail();

        transport.AwayFrom = 1;
        transport.IsBack = true;
        time.Advance(Asked);
        await batches[0].OrFail();

        await time.TimerArmedAsync(Asked).OrFail();
        transport.Attempts(1).ShouldBe(2, "once behind the first, once as the oldest");
        transport.AwayFrom = int.MaxValue;
        time.Advance(Asked);
        (await batches[1].OrFail()).Start.ShouldBe(1);
    }

    private static LogStreamAppender Open(AwayTransport transport, ManualTimeProvider time) =>
        new("s", "p", transport, new AppenderOptions { PipelineSize = 4 }, new Backoff(TimeSpan.Zero, TimeSpan.Zero, time, () => 0));

    /// <summary>Appends as many batches as there are, each of which is refused.</summary>
    private static async Task<Task<AppendAck>[]> RefusedAsync(LogStreamAppender appender, AwayTransport transport)
    {
        var batches = Enumerable.Range(0, transport.Batches).Select(i => appender.AppendAsync([NewRecord.FromText($"{i}")])).ToArray();
        await transport.AllRefused.OrFail();
        return batches;
    }

    /// <summary>Refuses everything, and asks for a pause, until it is back.</summary>
    private sealed class AwayTransport(int batches) : IAppendTransport
    {
        private readonly int[] _attempts = new int[batches];
        private readonly List<TaskCompletionSource<AppendAck>> _held = [];
        private readonly TaskCompletionSource _allRefused = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Batches => batches;

        public Task AllRefused => _allRefused.Task;

        public bool IsBack { get; set; }

        /// <summary>From which sequence on it refuses although it is back.</summary>
        public int AwayFrom { get; set; } = int.MaxValue;

        public int Attempts(int sequence) => _attempts[sequence];

        public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) => new Outgoing(this);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task<AppendAck> Attempt(long sequence)
        {
            _attempts[sequence]++;
            if (IsBack)
            {
                return sequence < AwayFrom
                    ? Task.FromResult(new AppendAck(sequence, sequence + 1, sequence + 1, Duplicate: false))
                    : Task.FromException<AppendAck>(Away());
            }

            // All are on their way before the first is refused, as when a silo is lost.
            var held = new TaskCompletionSource<AppendAck>();
            _held.Add(held);
            if (_held.Count == batches)
            {
                for (var i = batches - 1; i >= 0; i--)
                    _held[i].SetException(Away());

                _allRefused.SetResult();
            }

            return held.Task;
        }

        private static LogClientException Away() =>
            new(LogClientErrors.Unreachable, "away", retryable: true, details: new LogErrorDetails { RetryAfter = Asked });

        private sealed class Outgoing(AwayTransport transport) : IOutgoingBatch
        {
            public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken) => ValueTask.FromResult(transport.Attempt(sequence));

            public void Dispose()
            {
            }
        }
    }
}
