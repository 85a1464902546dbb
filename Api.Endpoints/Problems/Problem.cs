using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Api.Endpoints.Problems;

/// <summary>Turns failures into problems and writes them.</summary>
internal static class Problem
{
    /// <summary>The failure as one of ours. An unknown one is a defect: it is logged whole, and the caller is told nothing of it.</summary>
    public static LogException Of(Exception exception, HttpContext context, ILogger logger)
    {
        if (Known(exception) is { } known)
            return known;

        logger.LogError(exception, "Request {Method} {Path} failed", context.Request.Method, context.Request.Path);
        return new LogException(LogErrorCode.Internal, "The server failed; its log has the details under this trace id.");
    }

    /// <summary>The code that the failure has as one of ours.</summary>
    public static LogErrorCode CodeOf(Exception exception) => Known(exception)?.Code ?? LogErrorCode.Internal;

    /// <summary>The shape that goes over the wire; the span that is under way says so too.</summary>
    public static ProblemBody Body(LogException exception, HttpContext context, long? line = null)
    {
        Activity.Current?.SetTag("error.type", LogErrors.WireName(exception.Code));
        var row = ProblemTable.Row(exception.Code);
        var facts = exception.Facts;
        return new ProblemBody
        {
            Type = "urn:orleans-log:problem:" + LogErrors.WireName(exception.Code),
            Title = row.Title,
            Status = Status(exception, row),
            Detail = exception.Message,
            Instance = context.Request.Path.Value,
            Code = LogErrors.WireName(exception.Code),
            Retryable = exception.Retryable,
            SideEffects = exception.SideEffects == SideEffects.None ? WireErrors.NoSideEffects : WireErrors.PossibleSideEffects,
            TraceId = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier,
            Tail = facts.Tail,
            Head = facts.Head,
            ExpectedTail = facts.ExpectedTail,
            Expected = facts.ExpectedSequence,
            Received = facts.ReceivedSequence,
            Epoch = facts.Epoch,
            Limit = facts.Limit,
            Unit = facts.Unit,
            ConfigVersion = facts.ConfigVersion,
            Reason = facts.Reason,
            Next = facts.Next,
            Line = line,
        };
    }

    /// <summary>Answers with the problem. The response must not have started.</summary>
    public static async Task WriteAsync(HttpContext context, LogException exception, long? line = null)
    {
        var body = Body(exception, context, line);
        context.RequestServices.GetService<EndpointInstruments>()?.OnProblem(body.Code!, body.Status);

        // The request may have come before the stop; the next one on this connection would be cut off.
        if (exception.Code == LogErrorCode.Draining && IsStopping(context))
            CloseConnection(context);

        var response = context.Response;
        response.StatusCode = body.Status;
        response.ContentType = WireMediaTypes.Problem;
        response.Headers.CacheControl = "no-store";
        if (ProblemTable.Row(exception.Code).RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);

        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Default.ProblemBody);
        response.ContentLength = bytes.Length;
        await response.BodyWriter.WriteAsync(bytes, CancellationToken.None);
    }

    /// <summary>Lets the caller know that this answer is the last one of its connection.</summary>
    public static void CloseConnection(HttpContext context) => context.Response.Headers.Connection = "close";

    private static bool IsStopping(HttpContext context) =>
        context.RequestServices.GetService<IHostApplicationLifetime>() is { ApplicationStopping.IsCancellationRequested: true };

    private static LogException? Known(Exception exception)
    {
        switch (exception)
        {
            case LogException known when known.Code is not LogErrorCode.Internal:
                return known;
            case BadHttpRequestException transport:
                return OfTransport(transport);
            case FrameFormatException { Limit: { } limit } frame:
                return Refusal.TooLarge(frame.Message, limit, frame.Unit ?? "bytes");
            case FrameFormatException frame:
                return Refusal.BadRequest(frame.Message);
            case JsonException json:
                var place = $"line {json.LineNumber + 1}, byte {json.BytePositionInLine}";
                return Refusal.BadRequest($"The body is not well-formed JSON ({place}).");
            case InvalidDataException:
                return Refusal.BadRequest("The body is not what its Content-Encoding says.");
            case OperationCanceledException:
                return new LogException(LogErrorCode.Draining, "The node is shutting down.");
            default:
                return null;
        }
    }

    private static int Status(LogException exception, ProblemRow row) => exception.Facts.Reason switch
    {
        Reasons.NotAcceptable => StatusCodes.Status406NotAcceptable,
        Reasons.RequestTimeout => StatusCodes.Status408RequestTimeout,
        Reasons.NoSuchRoute or Reasons.NoSuchNode => StatusCodes.Status404NotFound,
        Reasons.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        Reasons.UpgradeRequired => StatusCodes.Status426UpgradeRequired,
        _ => row.Status,
    };

    private static LogException OfTransport(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new LogException(LogErrorCode.TooLarge, "The body is too large."),
        StatusCodes.Status408RequestTimeout => Refusal.BadRequest("The body came too slowly; nothing was appended.", Reasons.RequestTimeout),
        _ => Refusal.BadRequest("The body broke off or is not framed as HTTP demands."),
    };
}
