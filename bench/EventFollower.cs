using System.Globalization;
using System.Net.Http.Headers;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Benchmarks;

/// <summary>Follows one stream from its first record on as server-sent events, by the .NET client of HTTP: the id of an event is the position behind it, and an empty line ends the event.</summary>
internal sealed class EventFollower : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly HttpResponseMessage _response;
    private readonly Task _following;

    private EventFollower(HttpClient http, HttpResponseMessage response, StreamReader events, Action<long> onNext) =>
        (_http, _response, _following) = (http, response, Task.Run(() => FollowAsync(events, onNext)));

    /// <summary>Connects and begins; <paramref name="onNext"/> is told the position behind each event when it is there as a whole.</summary>
    public static async Task<EventFollower> StartAsync(Uri server, string stream, Action<long> onNext)
    {
        var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, $"{WireRoutes.Records(stream)}?{WireRoutes.From}=0"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(WireMediaTypes.EventStream));
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return new EventFollower(http, response, new StreamReader(await response.Content.ReadAsStreamAsync()), onNext);
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        _http.Dispose();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task FollowAsync(StreamReader events, Action<long> onNext)
    {
        const string id = "id: ";
        var next = 0L;
        while (await events.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(id, StringComparison.Ordinal))
                next = long.Parse(line.AsSpan(id.Length, line.IndexOf(',') - id.Length), CultureInfo.InvariantCulture);
            else if (line.Length == 0)
                onNext(next);
        }
    }
}
