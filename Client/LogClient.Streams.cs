using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client;

// Streams as things: make, find, configure, end.
public sealed partial class LogClient
{
    private const int ListPage = 200;

    /// <summary>
    /// Makes sure that the stream exists, with what <paramref name="config"/> asks for; what is null there is the default for a new
    /// stream and unchanged for an existing one.
    /// </summary>
    /// <param name="name">1 to 256 characters of A-Z a-z 0-9 . _ : ~ -, starting with a letter or a digit.</param>
    /// <param name="config">The configuration asked for.</param>
    /// <param name="mustBeNew">An existing stream is refused with <c>stream_exists</c>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<EnsuredStream> EnsureStreamAsync(
        string name,
        StreamConfigBody? config = null,
        bool mustBeNew = false,
        CancellationToken cancellationToken = default)
    {
        using var content = HttpCalls.JsonContent(config ?? new StreamConfigBody(), WireJson.Default.StreamConfigBody, WireMediaTypes.Json);
        using var request = Request(HttpMethod.Put, WireRoutes.Stream(StreamNames.Checked(name)), content);
        if (mustBeNew)
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);

        return await _calls.SendAsync(
            request,
            async (response, cancel) =>
            {
                await using var body = await response.Content.ReadAsStreamAsync(cancel);
                var stream = await JsonSerializer.DeserializeAsync(body, WireJson.Default.StreamBody, cancel);
                return new EnsuredStream(stream ?? throw new JsonException("null"), response.StatusCode == HttpStatusCode.Created);
            },
            TimeSpan.Zero,
            cancellationToken);
    }

    /// <summary>The stream as it stands, or <c>stream_not_found</c>.</summary>
    public Task<StreamBody> DescribeStreamAsync(string name, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, WireRoutes.Stream(StreamNames.Checked(name)), WireJson.Default.StreamBody, cancellationToken);

    /// <summary>
    /// All streams whose names start with <paramref name="prefix"/>, in ordinal order, fetched page by page as they are asked for.
    /// A stream that is created or deleted meanwhile may or may not be among them; no other is missed or given twice.
    /// </summary>
    public async IAsyncEnumerable<StreamBody> ListStreamsAsync(
        string prefix = "",
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        do
        {
            var path = $"{WireRoutes.Streams}?{WireRoutes.Limit}={ListPage}&{WireRoutes.Prefix}={Uri.EscapeDataString(prefix)}";
            if (after is not null)
                path += $"&{WireRoutes.After}={Uri.EscapeDataString(after)}";

            var page = await CallAsync(HttpMethod.Get, path, WireJson.Default.StreamListBody, cancellationToken);
            foreach (var stream in page.Streams)
                yield return stream;

            after = page.HasMore ? page.NextAfter : null;
        }
        while (after is not null);
    }

    /// <summary>
    /// Changes the configuration; what is null stays, a label with the value null goes. With <paramref name="ifVersion"/> only if the
    /// configuration still has that version, else <c>config_mismatch</c>.
    /// </summary>
    /// <param name="name">The stream.</param>
    /// <param name="change">What to set.</param>
    /// <param name="ifVersion">The version that the configuration must have.</param>
    /// <param name="lift">Bounds of retention that are to go; one that <paramref name="change"/> sets cannot be among them.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<StreamBody> ConfigureStreamAsync(
        string name,
        StreamConfigBody change,
        long? ifVersion = null,
        RetentionBounds lift = RetentionBounds.None,
        CancellationToken cancellationToken = default)
    {
        using var content = new SentContent(ConfigPatch.Of(change, lift), WireMediaTypes.MergePatch);
        using var request = Request(HttpMethod.Patch, WireRoutes.Stream(StreamNames.Checked(name)), content);
        if (ifVersion is { } version)
            request.Headers.IfMatch.Add(HttpCalls.ConfigTag(version));

        return await _calls.JsonAsync(request, WireJson.Default.StreamBody, cancellationToken);
    }

    /// <summary>
    /// Moves everything that is committed to the blob store and publishes a snapshot, from which the stream can be rebuilt without the node's disk.
    /// Without a blob store <c>bad_request</c> with the reason <c>no_store</c>; while the store is away <c>store_unavailable</c>, retryable. A long stream may take longer
    /// than the server waits: after <c>timed_out</c> it goes on, and the same call waits for the rest. One attempt.
    /// </summary>
    public Task<SnapshotBody> SnapshotAsync(string name, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, WireRoutes.Snapshots(StreamNames.Checked(name)), WireJson.Default.SnapshotBody, cancellationToken);

    /// <summary>The snapshots that the stream could be rebuilt from, newest first. Empty without a blob store.</summary>
    public async Task<IReadOnlyList<SnapshotBody>> ListSnapshotsAsync(string name, CancellationToken cancellationToken = default) =>
        (await CallAsync(HttpMethod.Get, WireRoutes.Snapshots(StreamNames.Checked(name)), WireJson.Default.SnapshotListBody, cancellationToken)).Snapshots;

    /// <summary>Deletes the stream and everything in it; without effect if there is none.</summary>
    public async Task DeleteStreamAsync(string name, CancellationToken cancellationToken = default)
    {
        using var request = Request(HttpMethod.Delete, WireRoutes.Stream(StreamNames.Checked(name)));
        await _calls.SendAsync(request, static (_, _) => Task.FromResult(true), TimeSpan.Zero, cancellationToken);
    }
}

/// <summary>What <see cref="LogClient.EnsureStreamAsync"/> found or made.</summary>
/// <param name="Stream">The stream afterwards.</param>
/// <param name="Created">It is new.</param>
public readonly record struct EnsuredStream(StreamBody Stream, bool Created);
