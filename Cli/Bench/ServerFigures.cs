using System.Globalization;
using System.Text.Json;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// What a server says of its durability: the method in <c>/health</c>, the number of flushes in <c>/metrics</c>. A server that answers
/// neither can be measured all the same; the result then says that nothing is known.
/// </summary>
internal sealed class ServerFigures(Uri server) : IDisposable
{
    private const string FlushCount = "orleans_log_wal_flush_duration_seconds_count";
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = TimeSpan.FromSeconds(5) };

    public async Task<DurabilityReading> ReadAsync(CancellationToken cancellationToken)
    {
        var health = await GetAsync("/health", cancellationToken);
        var metrics = await GetAsync("/metrics", cancellationToken);
        return new DurabilityReading(MethodIn(health) ?? "unknown: the server does not say", FlushesIn(metrics), null);
    }

    public void Dispose() => _http.Dispose();

    private async Task<string?> GetAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(path, cancellationToken);
            return await response.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static string? MethodIn(string? health)
    {
        try
        {
            using var document = JsonDocument.Parse(health ?? "null");
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("wal_sync", out var sync)
                ? sync.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long? FlushesIn(string? metrics)
    {
        long? flushes = null;
        foreach (var line in (metrics ?? string.Empty).Split('\n'))
        {
            if (!line.StartsWith(FlushCount, StringComparison.Ordinal))
                continue;

            var value = line[(line.LastIndexOf(' ') + 1)..];
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var count))
                flushes = (flushes ?? 0) + (long)count;
        }

        return flushes;
    }
}
