using System.Buffers;
using System.Text;
using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Grains.Appending;
using Orleans.Log.Grains.Calling;
using Orleans.Log.Grains.Wire;
using Orleans.Log.Testing;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Interfaces.Tests;

/// <summary>What an attempt over grains tells the appender, whatever becomes of the call.</summary>
public sealed class GrainAppendTransportTests
{
    private static readonly StreamId Stream = new(7);

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedGrain _grain = new();

    [Fact]
    public async Task A_batch_travels_under_its_producer_to_the_stream_that_was_opened()
    {
        var record = NewRecord.FromText("text") with { Headers = new[] { LogHeader.FromText("k", "v") }, Timestamp = 5 };
        var attempt = SendAsync(Transport(new AppenderOptions { FencingToken = "mine", ProducerEpoch = 3 }), sequence: 9, record, NewRecord.FromText(""));

        var call = _grain.Calls.ShouldHaveSingleItem();
        call.Stream.ShouldBe(Stream);
        call.Conditions.ShouldBe(new AppendConditions(FencingToken: "mine", Producer: new ProducerStamp("p", 3, 9)));
        var batch = call.Records.ToBatch();
        (batch.Count, batch[0].Timestamp, batch[1].Timestamp).ShouldBe((2, 5, null));
        Encoding.UTF8.GetString(batch[0].Payload).ShouldBe("text");
        Encoding.UTF8.GetString(batch[0].Headers.Span[0].Name.Span).ShouldBe("k");
        _grain.Answer(new AppendResult(1, 3, 4, Duplicate: true));
        (await attempt).ShouldBe(new AppendAck(1, 3, 4, Duplicate: true));
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_waited_for_longer_with_each_attempt_and_says_nothing_of_what_happened()
    {
        using var batch = Transport().Encode([NewRecord.FromText("x")], 17);
        var first = await batch.SendAsync(0, oldest: true, CancellationToken.None);
        _time.Advance(Patience.First - TimeSpan.FromMilliseconds(1));
        first.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        var lost = await Should.ThrowAsync<LogClientException>(() => first);
        (lost.Code, lost.Retryable, lost.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, true, CallSideEffects.Possible));

        var second = await batch.SendAsync(0, oldest: true, CancellationToken.None);
        _time.Advance(Patience.First);
        second.IsCompleted.ShouldBeFalse("it waits longer");
        _grain.Answer(new AppendResult(0, 1, 1, Duplicate: false));
        (await second).Start.ShouldBe(0);
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_makes_no_later_attempt_wait_longer()
    {
        using var batch = Transport().Encode([NewRecord.FromText("x")], 17);
        for (var i = 0; i < 5; i++)
        {
            var refused = await batch.SendAsync(0, oldest: true, CancellationToken.None);
            _grain.Fail(new LogException(LogErrorCode.Unavailable, "away"));
            (await Should.ThrowAsync<LogClientException>(() => refused)).Code.ShouldBe("unavailable");
        }

        // This one went to the silo just before it was lost.
        var lost = await batch.SendAsync(0, oldest: true, CancellationToken.None);
        _time.Advance(Patience.First);
        (await Should.ThrowAsync<LogClientException>(() => lost)).Code.ShouldBe(LogClientErrors.OutcomeUnknown);
    }

    [Fact]
    public async Task A_refusal_keeps_its_promises_and_its_facts()
    {
        var attempt = SendAsync(Transport(), 0, NewRecord.FromText("x"));
        _grain.Fail(new LogException(LogErrorCode.ProducerGap, "gap", new LogErrorFacts(ExpectedSequence: 4, ReceivedSequence: 5, Tail: 6)));

        var refusal = await Should.ThrowAsync<LogClientException>(() => attempt);

        (refusal.Code, refusal.Retryable, refusal.SideEffects).ShouldBe((LogClientErrors.ProducerGap, false, CallSideEffects.None));
        refusal.Details.ShouldBe(new LogErrorDetails { ExpectedSequence = 4, ReceivedSequence = 5, Tail = 6 });
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task What_Orleans_reports_promises_nothing(Exception loss)
    {
        var attempt = SendAsync(Transport(), 0, NewRecord.FromText("x"));
        _grain.Fail(loss);

        var lost = await Should.ThrowAsync<LogClientException>(() => attempt);

        (lost.Code, lost.Retryable, lost.SideEffects).ShouldBe((LogClientErrors.OutcomeUnknown, true, CallSideEffects.Possible));
    }

    public static TheoryData<Exception> Losses => new(new TimeoutException(), new SiloUnavailableException());

    [Fact]
    public async Task Forgotten_producer_is_replaced_once_its_expiry_has_passed()
    {
        _grain.OnDescribe = static () => new(1);
        var transport = Transport();
        (await transport.BeginAnewAsync(new ProducerSilence(9, TimeSpan.FromDays(6), TimeSpan.Zero), CancellationToken.None)).ShouldBeNull();
        var producer = await transport.BeginAnewAsync(new ProducerSilence(9, TimeSpan.FromDays(7), TimeSpan.Zero), CancellationToken.None);

        var attempt = SendAsync(transport, sequence: 10, NewRecord.FromText("x"));
        _grain.Answer(new AppendResult(0, 1, 1, Duplicate: false));
        await attempt;

        _grain.Calls.ShouldHaveSingleItem().Conditions.Producer.ShouldBe(new ProducerStamp(producer!, 0, 1));
    }

    [Fact]
    public async Task Stream_that_cannot_be_asked_for_its_expiry_leaves_the_producer()
    {
        _grain.OnDescribe = static () => throw new TimeoutException();
        var asked = Transport().BeginAnewAsync(new ProducerSilence(9, TimeSpan.FromDays(8), TimeSpan.Zero), CancellationToken.None);
        (await Should.ThrowAsync<LogClientException>(asked.AsTask)).Retryable.ShouldBeTrue();
    }

    [Fact]
    public async Task An_attempt_that_is_given_up_is_waited_for_no_longer()
    {
        using var giveUp = new CancellationTokenSource();
        using var batch = Transport().Encode([NewRecord.FromText("x")], 17);
        var attempt = await batch.SendAsync(0, oldest: true, giveUp.Token);

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => attempt);
    }

    private GrainAppendTransport Transport(AppenderOptions? options = null) => new(_grain, Stream, "p", options ?? new AppenderOptions(), _time);

    private static async Task<AppendAck> SendAsync(GrainAppendTransport transport, long sequence, params NewRecord[] records) =>
        await await transport.Encode(records, 0).SendAsync(sequence, oldest: true, CancellationToken.None);
}
