using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Reads and discards what a caller still sends after its request was answered. A connection that is closed over unread bytes is reset, and a reset
/// destroys the answer on its way: the caller would see a broken connection, and an unknown outcome, instead of a refusal.
/// </summary>
internal sealed class BodyDrain(TimeProvider time)
{
    /// <summary>Most bytes that are discarded: four times the largest body with a limit. Then the connection is cut off.</summary>
    public const long Bytes = 4L * BodyLimits.Json;

    /// <summary>Longest time for that.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(5);

    /// <summary>Lifts the server's own limit on the body, unless it is being read: the server does not discard a body that is over it.</summary>
    public static void LiftLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
    }

    /// <summary>Called once the handler has returned; does nothing if the body was read to its end.</summary>
    public ValueTask RunAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            || context.Response.StatusCode == StatusCodes.Status101SwitchingProtocols
            || context.RequestAborted.IsCancellationRequested)
        {
            return ValueTask.CompletedTask;
        }

        LiftLimit(context);
        try
        {
            // Reading invites a caller that waits for it to send its body: not before the answer is complete.
            return context.Request.Headers.Expect.Count == 0 && IsRead(context) ? ValueTask.CompletedTask : new ValueTask(DiscardAsync(context));
        }
        catch (IOException e)
        {
            _ = BrokenBody.Report(context, e);
        }
        catch (InvalidOperationException)
        {
            // A read that failed stays "in progress" for the server: the connection broke under the handler, and its abort is yet to be noticed.
            context.Abort();
        }

        return ValueTask.CompletedTask;
    }

    private static bool IsRead(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        if (!reader.TryRead(out var result))
            return false;

        reader.AdvanceTo(result.Buffer.End);
        return result.IsCompleted;
    }

    private async Task DiscardAsync(HttpContext context)
    {
        await context.Response.CompleteAsync();
        using var over = new CancellationTokenSource(Time, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(over.Token, context.RequestAborted);
        var reader = context.Request.BodyReader;
        try
        {
            for (long discarded = 0; discarded <= Bytes;)
            {
                var result = await reader.ReadAsync(stop.Token);
                discarded += result.Buffer.Length;
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }

            context.Abort();
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            context.Abort();
        }
        catch (IOException e)
        {
            _ = BrokenBody.Report(context, e);
        }
    }
}
