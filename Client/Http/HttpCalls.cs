using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orleans.Log.Client.Http;

/// <summary>
/// Sends requests and gives answers or honest failures: every one is a <see cref="LogClientException"/>, except the caller's own
/// cancellation. One attempt each. Safe for use by any number of threads.
/// </summary>
/// <param name="http">Carries the requests.</param>
/// <param name="timeout">Longest time to a complete answer.</param>
/// <param name="time">The clock.</param>
/// <param name="proxy">What stands between, for messages; null if nothing does.</param>
internal sealed class HttpCalls(HttpClient http, TimeSpan timeout, TimeProvider time, string? proxy)
{
    /// <summary>Sends a request whose answer is JSON.</summary>
    public Task<T> JsonAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> shape, CancellationToken cancellationToken) =>
        SendAsync(
            request,
            async (response, cancel) =>
            {
                await using var body = await response.Content.ReadAsStreamAsync(cancel);
                return await JsonSerializer.DeserializeAsync(body, shape, cancel) ?? throw new JsonException("null");
            },
            TimeSpan.Zero,
            cancellationToken);

    /// <summary>Sends a request and reads its answer, all within the time-out plus <paramref name="wait"/>.</summary>
    public async Task<T> SendAsync<T>(
        HttpRequestMessage request,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        TimeSpan wait,
        CancellationToken cancellationToken)
    {
        var changes = request.Method != HttpMethod.Get && request.Method != HttpMethod.Head;
        var content = request.Content as SentContent;
        var limit = timeout + wait;
        var delimited = true;
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            delimited = ProblemMapping.IsDelimited(response);
            if (!response.IsSuccessStatusCode)
                throw await ProblemMapping.FromResponseAsync(response, changes, proxy, either.Token);

            // Only a refusal can come before the end of a request.
            if (content?.Break is { } broken)
                throw ProblemMapping.FromConnection(broken, changes, nothingSent: false);

            return await read(response, either.Token);
        }
        catch (Exception e) when (e is ObjectDisposedException || (e is OperationCanceledException && !either.IsCancellationRequested))
        {
            // Nobody's patience is over, so the client itself was disposed.
            throw new LogClientException(
                LogClientErrors.Closed,
                "The client is closed.",
                sideEffects: changes && content is not { Started: false } ? CallSideEffects.Possible : CallSideEffects.None);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProblemMapping.FromTimeout(limit, changes, nothingSent: content is { Started: false }, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (!delimited && e is JsonException or FormatException))
        {
            throw ProblemMapping.FromConnection(e, changes, nothingSent: content is { Started: false }, proxy);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw ProblemMapping.FromUnreadable("in a form that this client can read", changes, e);
        }
    }

    /// <summary>A request body in JSON.</summary>
    public static SentContent JsonContent<T>(T body, JsonTypeInfo<T> shape, string mediaType) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, shape), mediaType);

    /// <summary>The number of a configuration as an entity tag.</summary>
    public static EntityTagHeaderValue ConfigTag(long version) => new($"\"c{version}\"");
}
