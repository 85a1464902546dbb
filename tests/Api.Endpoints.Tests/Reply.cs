using System.Text;
using System.Text.Json;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>A whole answer.</summary>
public sealed record Reply(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonDocument.Parse(Bytes).RootElement;

    public string? ContentType => Headers.GetValueOrDefault("Content-Type");

    public static async Task<Reply> OfAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Reply((int)response.StatusCode, headers, await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>Asserts that this is the problem of that code, complete in every member that all problems have, and returns it.</summary>
    public JsonElement ShouldBeProblem(int status, string code)
    {
        Status.ShouldBe(status, Text);
        ContentType.ShouldBe("application/problem+json");
        var problem = Json;
        problem.GetProperty("code").GetString().ShouldBe(code, Text);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("type").GetString().ShouldBe("urn:orleans-log:problem:" + code);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("instance").GetString().ShouldStartWith("/");
        problem.GetProperty("trace_id").GetString().ShouldNotBeNullOrEmpty();
        var known = LogErrors.FromWireName(code)!.Value;
        problem.GetProperty("retryable").GetBoolean().ShouldBe(LogErrors.IsRetryable(known));
        problem.GetProperty("side_effects").GetString().ShouldBe(LogErrors.SideEffectsOf(known) == SideEffects.None ? "none" : "possible");
        Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        Headers["Cache-Control"].ShouldBe("no-store");
        Headers.ContainsKey("Retry-After").ShouldBe(status is 429 or 503);
        return problem;
    }
}
