using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Problems;

/// <summary>
/// Stands before the whole pipeline: sets what every answer carries, ends connections between requests while the server stops, keeps foreign pages and names out, and gives a body to the bare statuses of
/// routing (404, 405) and to whatever fails outside of a handler.
/// </summary>
internal sealed class ProblemMiddleware(
    HostPolicy hosts, OriginPolicy origins, BodyDrain drain, RequestActivity activity, IHostApplicationLifetime lifetime, ILogger<ProblemMiddleware> logger)
    : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(inner => context => RunAsync(context, inner));
        next(app);
    };

    private async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        activity.Begin();
        try
        {
            await InvokeAsync(context, next);
        }
        catch (Exception e)
        {
            await Guard.AnswerAsync(context, e, logger);
        }
        finally
        {
            await drain.RunAsync(context);
            activity.End();
        }
    }

    private async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            Problem.CloseConnection(context);

        hosts.Require(context);
        if (origins.Answer(context))
            return;

        await next(context);

        var response = context.Response;
        if (response.HasStarted || response.ContentLength is not null || !string.IsNullOrEmpty(response.ContentType))
            return;

        switch (response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                await Problem.WriteAsync(context, Refusal.BadRequest("There is nothing at this path.", Reasons.NoSuchRoute));
                break;
            case StatusCodes.Status405MethodNotAllowed:
                await Problem.WriteAsync(context, Refusal.BadRequest("This path takes other methods; see Allow.", Reasons.MethodNotAllowed));
                break;
            case StatusCodes.Status415UnsupportedMediaType:
                await Problem.WriteAsync(context, Refusal.UnsupportedMedia("The content type is not taken here.", Reasons.ContentType));
                break;
        }
    }
}
