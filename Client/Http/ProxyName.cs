namespace Orleans.Log.Client.Http;

/// <summary>The proxy that the environment puts before a server, so that a failure on the way names it.</summary>
internal static class ProxyName
{
    /// <summary>Its address without credentials; null if requests go to the server itself.</summary>
    public static string? Of(Uri server) =>
        !server.IsLoopback && HttpClient.DefaultProxy.GetProxy(server) is { } proxy && proxy != server
            ? $"{proxy.Scheme}://{proxy.Authority}"
            : null;

    /// <summary>What a message of failure adds; nothing without a proxy.</summary>
    public static string Hint(string? proxy) => proxy is null
        ? ""
        : $" Requests go through the proxy {proxy}, named by http_proxy, https_proxy or all_proxy; no_proxy makes exceptions.";
}
