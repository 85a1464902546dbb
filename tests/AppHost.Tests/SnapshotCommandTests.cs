using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Orleans.Log.AppHost.Tests;

/// <summary>The dashboard's button, against a front that answers by the book.</summary>
public sealed class SnapshotCommandTests
{
    [Fact]
    public async Task Every_stream_gets_its_snapshot()
    {
        using var front = new Front();

        var result = await SnapshotCommand.RunAsync(front.Address, NullLogger.Instance, CancellationToken.None);

        result.Success.ShouldBeTrue(result.Message);
        result.Message.ShouldBe("2 streams are in the blob store.");
        front.Asked.ShouldBe(["/v1/streams/orders/snapshots", "/v1/streams/payments/snapshots"]);
    }

    [Fact]
    public async Task One_that_fails_is_named_and_keeps_none_of_the_others_from_it()
    {
        using var front = new Front { Failing = "orders" };

        var result = await SnapshotCommand.RunAsync(front.Address, NullLogger.Instance, CancellationToken.None);

        result.Success.ShouldBeFalse();
        result.Message!.ShouldStartWith("1 streams are in the blob store, 1 are not, among them orders: ");
        front.Asked.ShouldContain("/v1/streams/payments/snapshots");
    }

    [Fact]
    public async Task A_front_that_is_away_is_a_failure_and_no_exception()
    {
        using var front = new Front();
        front.Dispose();

        var result = await SnapshotCommand.RunAsync(front.Address, NullLogger.Instance, CancellationToken.None);

        result.Success.ShouldBeFalse();
        result.Message.ShouldStartWith("0 streams are in the blob store: ");
    }

    /// <summary>Two streams, and snapshots of them.</summary>
    private sealed class Front : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Front()
        {
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
            }

            _listener.Prefixes.Add(Address.AbsoluteUri);
            _listener.Start();
            _ = ServeAsync();
        }

        public Uri Address { get; }

        public string? Failing { get; init; }

        public List<string> Asked { get; } = [];

        public void Dispose() => _listener.Close();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                    await AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                // Closed: nobody asks any more.
            }
        }

        private async Task AnswerAsync(HttpListenerContext context)
        {
            var path = context.Request.Url!.AbsolutePath;
            var body = """{"streams":[{"name":"orders","id":"1","config":{}},{"name":"payments","id":"2","config":{}}],"has_more":false}""";
            context.Response.ContentType = "application/json";
            if (context.Request.HttpMethod == "POST")
            {
                Asked.Add(path);
                var fails = Failing is { } failing && path.Contains(failing, StringComparison.Ordinal);
                body = fails ? """{"status":503,"code":"store_unavailable","title":"The store is away"}""" : """{"lsn":3,"term":1,"at":"2026-01-01T00:00:00Z","bytes":9}""";
                context.Response.StatusCode = fails ? 503 : 200;
                context.Response.ContentType = fails ? "application/problem+json" : "application/json";
            }

            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }
}
