using System.Text;
using System.Text.Json.Serialization.Metadata;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client.Appending;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client;

/// <summary>
/// A client of one log service. Every call is one attempt and fails with a <see cref="LogClientException"/> that says whether it may be
/// repeated and whether it may have had an effect; followers and appenders carry on by themselves. Cancelling a call that changes
/// something leaves open whether it happened. Safe for use by any number of threads; make one and keep it.
/// </summary>
public sealed partial class LogClient : IAppenderSource, IDisposable
{
    private readonly string _address;
    private readonly LogClientOptions _options;
    private readonly HttpClient _http;
    private readonly HttpClient _waitingHttp;
    private readonly HttpClient _sessionHttp;
    private readonly SessionOpener _sessions;
    private readonly CancellationTokenSource _closed = new();
    private readonly HttpCalls _calls;
    private readonly HttpCalls _waitingCalls;
    private readonly Backoff _backoff;

    /// <summary>A client of the service at <paramref name="address"/>, for example <c>http://127.0.0.1:5075</c>. Nothing is sent yet.</summary>
    public LogClient(Uri address, LogClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
            throw new ArgumentException("The address of a log service begins with http:// or https://.", nameof(address));

        _address = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _options = options ?? new LogClientOptions();
        _backoff = new Backoff(_options.MinRetryDelay, _options.MaxRetryDelay, _options.TimeProvider, _options.Random);
        _http = Make(_options, address, _options.MaxConnections);
        _waitingHttp = Make(_options, address, _options.MaxConnections);

        // An appender keeps its connection as long as it lives: how many there are is the caller's to say, and none must wait for another's end.
        _sessionHttp = Make(_options, address, int.MaxValue);
        var proxy = _options.Handler is null ? ProxyName.Of(address) : null;
        _sessions = new SessionOpener(
            _sessionHttp, _options.ConnectTimeout, _options.RequestTimeout, _options.TimeProvider, _closed.Token, proxy);
        _calls = new HttpCalls(_http, _options.RequestTimeout, _options.TimeProvider, proxy);
        _waitingCalls = new HttpCalls(_waitingHttp, _options.RequestTimeout, _options.TimeProvider, proxy);
    }

    /// <summary>Ends all requests of this client. A borrowed handler stays alive.</summary>
    public void Dispose()
    {
        _closed.Cancel();
        _http.Dispose();
        _waitingHttp.Dispose();
        _sessionHttp.Dispose();
    }

    // Time-outs are set per request, with the clock of the options; the limit of HttpClient itself is off.
    private static HttpClient Make(LogClientOptions options, Uri address, int maxConnections)
    {
        var handler = options.Handler ?? new SocketsHttpHandler
        {
            MaxConnectionsPerServer = maxConnections,
            ConnectTimeout = options.ConnectTimeout,
            AllowAutoRedirect = false,
            UseCookies = false,

            // A proxy of the environment reaches its own loopback, never this machine's.
            UseProxy = !address.IsLoopback,

            // A fencing token may be any text; the server takes headers as UTF-8.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        };
        return new HttpClient(handler, disposeHandler: options.Handler is null) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, _address + path) { Content = content };
        request.Headers.Accept.ParseAdd(WireMediaTypes.Json);
        request.Headers.Accept.ParseAdd(WireMediaTypes.Problem);
        return request;
    }

    private async Task<T> CallAsync<T>(
        HttpMethod method,
        string path,
        JsonTypeInfo<T> shape,
        CancellationToken cancellationToken,
        HttpContent? content = null)
    {
        using var request = Request(method, path, content);
        return await _calls.JsonAsync(request, shape, cancellationToken);
    }
}
