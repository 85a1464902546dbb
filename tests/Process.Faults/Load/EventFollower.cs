using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Orleans.Log.Process.Faults.Load;

/// <summary>
/// Follows a stream by server-sent events as a browser does: when the connection goes, it comes back with the id of the last event it got. Keeps the
/// payloads. Nothing of the client library is in it.
/// </summary>
internal sealed class EventFollower : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _stop = new();
    private readonly List<byte[]> _payloads = [];
    private readonly Uri _records;
    private readonly Task _loop;
    private (int Count, TaskCompletionSource Reached) _goal = (int.MaxValue, new TaskCompletionSource());
    private string? _lastId;

    public EventFollower(Uri server, string stream)
    {
        _records = new Uri(server, $"/v1/streams/{stream}/records?from=0");
        _loop = Task.Run(FollowAsync);
    }

    /// <summary>Connections that were made and gave at least one event.</summary>
    public int Connections { get; private set; }

    /// <summary>What came so far.</summary>
    public IReadOnlyList<byte[]> Payloads
    {
        get
        {
            lock (_payloads)
                return [.. _payloads];
        }
    }

    /// <summary>Ends when so many records have come.</summary>
    public Task ReachAsync(int count)
    {
        lock (_payloads)
        {
            _goal = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_payloads.Count >= count)
                _goal.Reached.SetResult();

            return _goal.Reached.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ConnectionAsync();
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                // The server is gone for a moment, or the test is over. A refused connection answers at once, so let others run.
                await Task.Yield();
            }
        }
    }

    private async Task ConnectionAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _records);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (_lastId is not null)
            request.Headers.Add("Last-Event-ID", _lastId);

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            return;

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var body = await response.Content.ReadAsStreamAsync(_stop.Token);
        var first = true;
        await foreach (var item in SseParser.Create(body).EnumerateAsync(_stop.Token))
        {
            Connections += first ? 1 : 0;
            first = false;
            if (item.EventType != "batch")
                continue;

            Take(JsonDocument.Parse(item.Data).RootElement.GetProperty("records"));
            _lastId = item.EventId;
        }
    }

    private void Take(JsonElement records)
    {
        lock (_payloads)
        {
            foreach (var record in records.EnumerateArray())
            {
                record.GetProperty("lsn").GetInt64().ShouldBe(_payloads.Count, "a follower misses nothing and gets nothing twice");
                _payloads.Add(record.TryGetProperty("text", out var text) ? Encoding.UTF8.GetBytes(text.GetString()!) : record.GetProperty("base64").GetBytesFromBase64());
            }

            if (_payloads.Count >= _goal.Count)
                _goal.Reached.TrySetResult();
        }
    }
}
