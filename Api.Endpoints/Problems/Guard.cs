using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orleans.Log.Api.Endpoints.Problems;

/// <summary>Stands around every handler: whatever it throws becomes a problem, or an aborted connection once the answer has begun.</summary>
internal static class Guard
{
    public static RequestDelegate Around(RequestDelegate handler, ILogger logger) => async context =>
    {
        try
        {
            await handler(context);
        }
        catch (Exception e)
        {
            await AnswerAsync(context, e, logger);
        }
    };

    /// <summary>Answers with the problem that the exception is.</summary>
    public static Task AnswerAsync(HttpContext context, Exception exception, ILogger logger)
    {
        if (context.RequestAborted.IsCancellationRequested)
            return Task.CompletedTask;

        var known = Problem.Of(exception, context, logger);
        if (!context.Response.HasStarted)
            return Problem.WriteAsync(context, known);

        // A clean end would look like the whole answer.
        context.Abort();
        return Task.CompletedTask;
    }
}
