using System.Net;

namespace Orleans.Log.AzureStorage.Tests;

/// <summary>What stands between the client and the server: passes on, answers by itself, or spoils what passes.</summary>
internal sealed class ScriptedHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>What happens to a request; the second argument passes it on.</summary>
    public Func<HttpRequestMessage, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> Script { get; set; } = (_, pass) => pass();

    /// <summary>Requests so far.</summary>
    public int Requests { get; private set; }

    /// <summary>From now on every request is answered so, without the server.</summary>
    public void Answer(HttpStatusCode status, string? code = null, string? retryAfter = null) => Script = (_, _) => Task.FromResult(Response(status, code, retryAfter));

    /// <summary>From now on every request is carried out, and then answered so.</summary>
    public void AnswerAfterwards(HttpStatusCode status, string code) => Script = async (_, pass) =>
    {
        (await pass()).Dispose();
        return Response(status, code, null);
    };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        return Script(request, () => base.SendAsync(request, cancellationToken)).WaitAsync(cancellationToken);
    }

    private static HttpResponseMessage Response(HttpStatusCode status, string? code, string? retryAfter)
    {
        var response = new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };
        if (code is not null)
            response.Headers.Add("x-ms-error-code", code);

        if (retryAfter is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);

        return response;
    }
}
