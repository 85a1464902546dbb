using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>Puts a <see cref="Http10Reader"/> in front of the web server.</summary>
internal static class Http10Connections
{
    /// <summary>Takes PUT and POST of HTTP/1.0 that have no body and do not say so.</summary>
    public static void UseHttp10WithoutLength(this ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Transport = new Transport(new Http10Reader(connection.Transport.Input), connection.Transport.Output);
        return next(connection);
    });

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
