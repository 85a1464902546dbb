using System.Net;
using System.Reflection;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Conformance;

namespace Orleans.Log.Client.Tests.Http;

/// <summary>What callers are told about a call that failed is what is known, and no more.</summary>
public sealed class FailureMappingTests
{
    private static readonly Uri Address = new("http://log.test:5075");

    public static TheoryData<string> Codes =>
        [.. typeof(WireErrors).GetFields(BindingFlags.Public | BindingFlags.Static).Select(constant => (string)constant.GetRawConstantValue()!)
            .Except([WireErrors.NoSideEffects, WireErrors.PossibleSideEffects])];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Every_problem_arrives_with_its_code_its_promises_and_its_facts(string code)
    {
        var problem = new ProblemBody
        {
            Status = 409,
            Detail = "in words",
            Code = code,
            Retryable = true,
            SideEffects = WireErrors.PossibleSideEffects,
            TraceId = "t",
            Tail = 1,
            Head = 2,
            ExpectedTail = 3,
            Expected = 4,
            Received = 5,
            Epoch = 6,
            Limit = 7,
            Unit = "bytes",
            ConfigVersion = 8,
            Reason = "because",
            Next = 9,
        };
        var failure = await FailAsync(ScriptedHandler.Problem(problem, TimeSpan.FromSeconds(9)), client => client.SealAsync("s"));

        failure.Code.ShouldBe(code);
        failure.Message.ShouldBe("in words");
        failure.Retryable.ShouldBeTrue();
        failure.SideEffects.ShouldBe(CallSideEffects.Possible);
        failure.Details.ShouldBe(new LogErrorDetails
        {
            Status = 409,
            RetryAfter = TimeSpan.FromSeconds(9),
            TraceId = "t",
            Tail = 1,
            Head = 2,
            ExpectedTail = 3,
            ExpectedSequence = 4,
            ReceivedSequence = 5,
            Epoch = 6,
            Limit = 7,
            Unit = "bytes",
            ConfigVersion = 8,
            Reason = "because",
            Next = 9,
        });
    }

    [Fact]
    public async Task A_problem_that_promises_no_side_effects_is_believed()
    {
        var problem = new ProblemBody { Status = 503, Code = WireErrors.Overloaded, Retryable = true, SideEffects = WireErrors.NoSideEffects };

        (await FailAsync(ScriptedHandler.Problem(problem), client => client.SealAsync("s"))).SideEffects.ShouldBe(CallSideEffects.None);
    }

    [Fact]
    public async Task A_read_never_has_side_effects_whatever_the_problem_says()
    {
        var problem = new ProblemBody { Status = 500, Code = WireErrors.Internal, SideEffects = WireErrors.PossibleSideEffects };

        (await FailAsync(ScriptedHandler.Problem(problem), client => client.CheckTailAsync("s"))).SideEffects.ShouldBe(CallSideEffects.None);
    }

    [Theory]
    [InlineData(400, WireErrors.BadRequest, false, CallSideEffects.None)]
    [InlineData(401, WireErrors.Unauthenticated, false, CallSideEffects.None)]
    [InlineData(403, WireErrors.Forbidden, false, CallSideEffects.None)]
    [InlineData(404, WireErrors.BadRequest, false, CallSideEffects.None)]
    [InlineData(408, WireErrors.TimedOut, true, CallSideEffects.Possible)]
    [InlineData(413, WireErrors.TooLarge, false, CallSideEffects.None)]
    [InlineData(429, WireErrors.Overloaded, true, CallSideEffects.None)]
    [InlineData(502, WireErrors.OutcomeUnknown, true, CallSideEffects.Possible)]
    [InlineData(503, WireErrors.OutcomeUnknown, true, CallSideEffects.Possible)]
    public async Task An_answer_that_is_not_ours_promises_nothing(int status, string code, bool retryable, CallSideEffects sideEffects)
    {
        var failure = await FailAsync(
            () => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent("<html>proxy</html>") },
            client => client.SealAsync("s"));

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((code, retryable, sideEffects));
        failure.Details.Status.ShouldBe(status);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.NameResolutionError)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    public async Task Without_a_connection_nothing_was_sent(HttpRequestError error)
    {
        var failure = await FailAsync(ScriptedHandler.Broken(error), client => client.SealAsync("s"));

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.Unreachable, true, CallSideEffects.None));
    }

    [Fact]
    public async Task A_success_that_cannot_be_read_may_have_been_one()
    {
        var failure = await FailAsync(
            () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{") }, client => client.SealAsync("s"));

        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((WireErrors.Internal, false, CallSideEffects.Possible));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("a?b")]
    [InlineData("a\0b")]
    [InlineData("\u202Eevil")]
    [InlineData("naïve")]
    public async Task A_hostile_name_never_becomes_an_address(string name)
    {
        using var handler = new ScriptedHandler();
        using var client = new LogClient(Address, new LogClientOptions { Handler = handler });

        var failure = await Should.ThrowAsync<LogClientException>(() => client.CheckTailAsync(name));

        failure.Code.ShouldBe(WireErrors.BadRequest);
        handler.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_of_four_kilobytes_never_becomes_an_address() =>
        await A_hostile_name_never_becomes_an_address(new string('a', 4096));

    private static async Task<LogClientException> FailAsync(Func<HttpResponseMessage> answer, Func<LogClient, Task> call)
    {
        using var handler = new ScriptedHandler(answer);
        using var client = new LogClient(Address, new LogClientOptions { Handler = handler });
        return await Should.ThrowAsync<LogClientException>(() => call(client).OrFail());
    }
}
