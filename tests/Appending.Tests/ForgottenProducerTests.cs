using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Conformance;
using Orleans.Log.Testing;

namespace Orleans.Log.Appending.Tests;

/// <summary>A stream that has forgotten the producer of an appender, because nothing was appended for long.</summary>
public sealed class ForgottenProducerTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromDays(8);

    private readonly ManualTimeProvider _time = new();
    private readonly ForgetfulTransport _transport = new();

    [Fact]
    public async Task Batch_after_the_expiry_is_sent_under_another_producer()
    {
        await using var appender = Open();
        await AppendAsync(appender);
        await AppendAsync(appender);
        _time.Advance(Idle);
        _transport.Answers.Enqueue(Forgotten());

        await AppendAsync(appender);

        _transport.Silences.ShouldBe([new ProducerSilence(2, Idle, TimeSpan.Zero)]);
        appender.ProducerId.ShouldBe("new-1");
        await AppendAsync(appender);
        _transport.Sent.ShouldBe([0, 1, 2, 2, 3]);
    }

    [Fact]
    public async Task Attempt_without_an_outcome_is_told_by_its_time()
    {
        await using var appender = Open();
        await AppendAsync(appender);
        _time.Advance(Idle);
        _transport.Answers.Enqueue(new LogClientException(LogClientErrors.OutcomeUnknown, "lost", retryable: true, CallSideEffects.Possible));
        _transport.Answers.Enqueue(Forgotten());
        var append = AppendAsync(appender);
        await _time.TimerArmedAsync(TimeSpan.FromSeconds(1)).OrFail();

        _time.Advance(TimeSpan.FromSeconds(1));
        await append;

        _transport.Silences.ShouldBe([new ProducerSilence(1, Idle, TimeSpan.FromSeconds(1))]);
    }

    [Fact]
    public async Task Question_that_fails_is_asked_again()
    {
        await using var appender = Open();
        await AppendAsync(appender);
        _transport.Answers.Enqueue(Forgotten());
        _transport.Answers.Enqueue(Forgotten());
        _transport.Failure = new LogClientException(LogClientErrors.Unreachable, "down", retryable: true);
        var append = AppendAsync(appender);
        await _time.TimerArmedAsync(TimeSpan.FromSeconds(1)).OrFail();

        _transport.Failure = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        await append;

        appender.State.ShouldBe(AppenderState.Open);
    }

    [Fact]
    public async Task Appender_fails_where_no_expiry_explains_it()
    {
        await using var appender = Open();
        await AppendAsync(appender);
        _transport.Answers.Enqueue(Forgotten());
        _transport.Refuses = true;

        (await Should.ThrowAsync<LogClientException>(() => AppendAsync(appender))).Code.ShouldBe(LogClientErrors.ProducerGap);

        appender.State.ShouldBe(AppenderState.Faulted);
    }

    [Fact]
    public async Task Appender_with_an_id_of_its_own_fails()
    {
        await using var appender = Open(new AppenderOptions { ProducerId = "p" });
        await AppendAsync(appender);
        _transport.Answers.Enqueue(Forgotten());

        await Should.ThrowAsync<LogClientException>(() => AppendAsync(appender));

        _transport.Silences.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(60, 0, 60, true)]
    [InlineData(30, 0, 60, true)]
    [InlineData(29, 0, 60, false)]
    [InlineData(600, 59, 60, true)]
    [InlineData(600, 60, 60, false)]
    public void Expiry_explains_a_silence_that_was_long_enough(int idle, int trying, int expiry, bool explained) =>
        new ProducerSilence(1, TimeSpan.FromSeconds(idle), TimeSpan.FromSeconds(trying)).IsExplainedBy(TimeSpan.FromSeconds(expiry)).ShouldBe(explained);

    private static LogClientException Forgotten() =>
        new(LogClientErrors.ProducerGap, "forgotten", details: new LogErrorDetails { ExpectedSequence = 0 });

    private static async Task AppendAsync(LogStreamAppender appender) => await appender.AppendAsync([NewRecord.FromText("x")]).OrFail();

    private LogStreamAppender Open(AppenderOptions? options = null) => new(
        "s", "p", _transport, options ?? new AppenderOptions(), new Backoff(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), _time, static () => 0));

    /// <summary>Fails attempts as it is told, and takes all others.</summary>
    private sealed class ForgetfulTransport : IAppendTransport
    {
        public Queue<LogClientException> Answers { get; } = new();

        public List<long> Sent { get; } = [];

        public List<ProducerSilence> Silences { get; } = [];

        public LogClientException? Failure { get; set; }

        public bool Refuses { get; set; }

        public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) => new Outgoing(this);

        public ValueTask<string?> BeginAnewAsync(ProducerSilence silence, CancellationToken cancellationToken)
        {
            if (Failure is not null)
                return ValueTask.FromException<string?>(Failure);

            Silences.Add(silence);
            return new(Refuses ? null : $"new-{Silences.Count}");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private sealed class Outgoing(ForgetfulTransport transport) : IOutgoingBatch
        {
            public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken)
            {
                transport.Sent.Add(sequence);
                return new(transport.Answers.TryDequeue(out var failure)
                    ? Task.FromException<AppendAck>(failure)
                    : Task.FromResult(new AppendAck(sequence, sequence + 1, sequence + 1, Duplicate: false)));
            }

            public void Dispose()
            {
            }
        }
    }
}
