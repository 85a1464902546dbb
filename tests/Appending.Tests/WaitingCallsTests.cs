using Orleans.Log.Client;
using Orleans.Log.Conformance;

namespace Orleans.Log.Appending.Tests;

public sealed class WaitingCallsTests
{
    [Fact]
    public async Task One_who_never_awaits_cannot_fill_the_memory()
    {
        await using var log = new DirectLog();
        await log.CreateStreamAsync("s");
        log.Disturbances.Stall();
        await using var appender = await log.OpenAsync("s", new AppenderSetup { PipelineSize = 1 });
        string[] megabyte = [new string('x', 1024 * 1024)];
        var calls = new List<Task> { appender.AppendBatchAsync(["accepted"], null) };
        for (var waiting = 0L; waiting + megabyte[0].Length < AppenderOptions.MaxWaitingBytes; waiting += megabyte[0].Length)
            calls.Add(appender.AppendBatchAsync(megabyte, null));

        (await appender.AppendBatchAsync(megabyte, null).RefusalOrFail()).ShouldBe(LogClientErrors.TooManyInFlight);

        log.Disturbances.Flow();
        await Task.WhenAll(calls).OrFail();
        (await appender.AppendAsync(["room again"]).OrFail()).Error.ShouldBeNull();
    }

    [Fact]
    public async Task A_thousand_that_wait_fail_with_an_error_each()
    {
        await using var log = new DirectLog();
        await log.CreateStreamAsync("s");
        log.Disturbances.Stall();
        await using var appender = await log.OpenAsync("s", new AppenderSetup { PipelineSize = 1 });
        var accepted = appender.AppendAsync(["accepted"]);
        var calls = Enumerable.Range(0, 1000).Select(_ => appender.AppendBatchAsync(["waits"], null)).ToList();

        appender.Close();

        // One exception for all would collect the stack traces of all, in a time and space that grow with their square.
        var errors = new HashSet<Exception>(ReferenceEqualityComparer.Instance);
        foreach (var call in calls)
        {
            var refusal = await Should.ThrowAsync<AppendRefusedException>(() => call.OrFail());
            refusal.Code.ShouldBe(LogClientErrors.Closed);
            errors.Add(refusal.InnerException!).ShouldBeTrue();
        }

        log.Disturbances.Flow();
        (await accepted.OrFail()).Error.ShouldBeNull();
    }
}
