using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>An event as a browser would see it.</summary>
public sealed record ServerEvent(string Type, string? Id, JsonElement Data);

/// <summary>Follows an event stream over its own connection.</summary>
public sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;
    private readonly SseParser<string> _parser;

    private EventReader(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _parser = SseParser.Create(stream);
        _events = _parser.EnumerateAsync().GetAsyncEnumerator();
    }

    public HttpStatusCode Status => _response.StatusCode;

    public HttpResponseMessage Response => _response;

    public static async Task<EventReader> OpenAsync(LogServer server, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/event-stream");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);

        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new EventReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event, or null if the server ended the stream.</summary>
    public async Task<ServerEvent?> NextAsync()
    {
        try
        {
            if (!await _events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)))
                return null;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException("No further event came.", e);
        }

        var item = _events.Current;
        return new ServerEvent(item.EventType, _parser.LastEventId.Length == 0 ? null : _parser.LastEventId, JsonDocument.Parse(item.Data).RootElement);
    }

    /// <summary>The next event that is no ping.</summary>
    public async Task<ServerEvent?> NextButPingAsync()
    {
        while (true)
        {
            var next = await NextAsync();
            if (next?.Type != "ping")
                return next;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The connection first: an enumerator that waits for it cannot be disposed.
        _response.Dispose();
        try
        {
            await _events.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // A read was still under way.
        }
    }
}
