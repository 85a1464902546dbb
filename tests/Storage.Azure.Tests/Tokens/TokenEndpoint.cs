using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Orleans.Log.AzureStorage.Tests.Tokens;

/// <summary>
/// Gives tokens as the managed identity of an App Service does, to processes with <see cref="Environment"/>. They are not signed; the store of these tests does not look.
/// </summary>
internal sealed class TokenEndpoint : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<string> _resources = new();
    private readonly string _secret = Guid.NewGuid().ToString("n");
    private readonly string _audience;
    private readonly TimeSpan _lifetime;
    private readonly Task _serving;

    /// <param name="audience">Whom the tokens are for.</param>
    /// <param name="lifetime">How long they are valid from now; negative: no longer.</param>
    public TokenEndpoint(string audience, TimeSpan lifetime)
    {
        (_audience, _lifetime) = (audience, lifetime);
        var address = $"http://127.0.0.1:{FreePort()}/token/";
        _listener.Prefixes.Add(address);
        _listener.Start();
        Environment = new Dictionary<string, string> { ["IDENTITY_ENDPOINT"] = address, ["IDENTITY_HEADER"] = _secret };
        _serving = ServeAsync();
    }

    /// <summary>What a process needs to find it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>What tokens were asked for.</summary>
    public IReadOnlyCollection<string> Resources => _resources;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                await AnswerAsync(await _listener.GetContextAsync());
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException && !_listener.IsListening)
        {
            // It was stopped.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Headers["X-IDENTITY-HEADER"] != _secret || request.QueryString["resource"] is not { } resource)
        {
            response.StatusCode = 400;
            response.Close();
            return;
        }

        _resources.Enqueue(resource);
        var expires = (TimeProvider.System.GetUtcNow() + _lifetime).ToUnixTimeSeconds();
        response.ContentType = "application/json";
        var answer = new Dictionary<string, string>
        {
            ["access_token"] = Token(expires),

            // Who asks need not know that it is of no use.
            ["expires_on"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        };
        await response.OutputStream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer));
        response.Close();
    }

    private string Token(long expires)
    {
        var header = new Dictionary<string, object> { ["alg"] = "RS256", ["typ"] = "JWT" };
        var claims = new Dictionary<string, object>
        {
            ["iss"] = $"https://sts.windows.net/{Guid.Empty}/",
            ["aud"] = _audience,
            ["iat"] = expires - 7200,
            ["nbf"] = expires - 7200,
            ["exp"] = expires,
        };
        return $"{Part(JsonSerializer.Serialize(header))}.{Part(JsonSerializer.Serialize(claims))}.{Part("unsigned")}";
    }

    private static string Part(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
