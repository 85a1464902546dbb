using System.Text.Json;
using Orleans.Log.Testing;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>
/// Scenarios over a real server. They are written once and run on every log that has a factory; <see cref="Suites"/> names them.
/// </summary>
public abstract class EndpointScenarios<TFactory> : IAsyncLifetime
    where TFactory : ILogServiceFactory, new()
{
    protected const string Stream = "/v1/streams/orders";
    protected const string Records = Stream + "/records";

    private readonly TFactory _factory = new();

    protected LogServer Server { get; private set; } = null!;

    protected ManualTimeProvider Time => Server.Time;

    protected virtual void Configure(OrleansLogEndpointOptions options)
    {
    }

    public async Task InitializeAsync()
    {
        Server = await LogServer.StartAsync(Configure, _factory.StartAsync);
        await Server.CreateAsync("orders");
    }

    public async Task DisposeAsync()
    {
        try
        {
            await Server.DisposeAsync();
        }
        finally
        {
            await _factory.StopAsync();
        }
    }

    /// <summary>Appends lines of text as one batch.</summary>
    protected async Task AppendAsync(params string[] lines) =>
        (await Server.PostAsync(Records, Body.Text(string.Join('\n', lines)))).Status.ShouldBe(200);

    /// <summary>All texts of the stream, page by page as an export would read them.</summary>
    protected async Task<List<byte[]>> AllAsync(string path = Records)
    {
        var all = new List<byte[]>();
        for (long next = 0; ;)
        {
            var page = (await Server.GetAsync($"{path}?from={next}&as=base64&limit=10000&max_bytes=4194304")).Json;
            all.AddRange(page.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("base64").GetBytesFromBase64()));
            next = page.GetProperty("next").GetInt64();
            if (next == page.GetProperty("tail").GetInt64())
                return all;
        }
    }

    protected async Task<long> TailAsync() => (await Server.GetAsync(Stream + "/tail")).Json.GetProperty("tail").GetInt64();

    protected static string[] Texts(JsonElement page) =>
        [.. page.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("text").GetString()!)];
}
