using System.Text.Json;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Terminal;

/// <summary>How a verb failed: what the process ends with and what is said about it.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Problem">The problem; its code and detail are always there.</param>
internal sealed record Failure(ExitCode ExitCode, ProblemBody Problem)
{
    /// <summary>What an exception means, or null if it is a defect that should show its stack.</summary>
    public static Failure? Of(Exception exception) => exception switch
    {
        CliException cli => Local(cli.ExitCode, cli.Message),
        LogClientException client => OfServer(client),
        LogException log => OfPort(log),
        FileNotFoundException or DirectoryNotFoundException => Local(ExitCode.NotFound, exception.Message),
        IOException or UnauthorizedAccessException => Local(ExitCode.Failed, exception.Message),
        _ => null,
    };

    /// <summary>A failure that the server had no part in.</summary>
    public static Failure Local(ExitCode exitCode, string message) => new(exitCode, new ProblemBody
    {
        Title = "olog could not do this.",
        Detail = message,
        Code = JsonNamingPolicy.SnakeCaseLower.ConvertName(exitCode.ToString()),
        Retryable = exitCode == ExitCode.Unavailable,
        SideEffects = exitCode == ExitCode.OutcomeUnknown ? WireErrors.PossibleSideEffects : WireErrors.NoSideEffects,
    });

    /// <summary>One line for people, or the problem as JSON.</summary>
    public void WriteTo(TextWriter error, bool json)
    {
        error.WriteLine(json
            ? JsonSerializer.Serialize(Problem, WireJson.Default.ProblemBody)
            : $"olog: {SafeText.Of($"{Problem.Code}: {Problem.Detail}")}");
    }

    private static Failure OfServer(LogClientException client) => new(
        ExitCodes.Of(client.Code, client.Retryable, client.SideEffects == CallSideEffects.Possible),
        new ProblemBody
        {
            Title = "The server refused this, or could not be asked.",
            Status = client.Details.Status ?? 0,
            Detail = client.Message,
            Code = client.Code,
            Retryable = client.Retryable,
            SideEffects = client.SideEffects == CallSideEffects.None ? WireErrors.NoSideEffects : WireErrors.PossibleSideEffects,
            TraceId = client.Details.TraceId,
            Tail = client.Details.Tail,
            Head = client.Details.Head,
            ExpectedTail = client.Details.ExpectedTail,
            Expected = client.Details.ExpectedSequence,
            Received = client.Details.ReceivedSequence,
            Epoch = client.Details.Epoch,
            Limit = client.Details.Limit,
            Unit = client.Details.Unit,
            ConfigVersion = client.Details.ConfigVersion,
            Reason = client.Details.Reason,
        });

    private static Failure OfPort(LogException log) => new(ExitCodes.Of(log.Code), new ProblemBody
    {
        Title = "The log refused this.",
        Detail = log.Message,
        Code = LogErrors.WireName(log.Code),
        Retryable = log.Retryable,
        SideEffects = log.SideEffects == SideEffects.None ? WireErrors.NoSideEffects : WireErrors.PossibleSideEffects,
        Tail = log.Facts.Tail,
        Head = log.Facts.Head,
        Limit = log.Facts.Limit,
        Unit = log.Facts.Unit,
        Reason = log.Facts.Reason,
    });
}
