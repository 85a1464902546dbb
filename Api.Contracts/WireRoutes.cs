namespace Orleans.Log.Api.Contracts;

/// <summary>Paths and query parameters. A stream name is safe in a path as it is.</summary>
public static class WireRoutes
{
    /// <summary>The listing, and the base of everything about streams.</summary>
    public const string Streams = "/v1/streams";

    /// <summary>Who holds the streams.</summary>
    public const string Cluster = "/v1/cluster";

    /// <summary>Where the OpenAPI document is served.</summary>
    public const string OpenApi = "/openapi/v1.json";

    /// <summary>Read: start at this LSN.</summary>
    public const string From = "from";

    /// <summary>Read: start at this time, milliseconds since 1970 UTC.</summary>
    public const string Since = "since";

    /// <summary>Read: start that many records before the tail.</summary>
    public const string Last = "last";

    /// <summary>Read: most records. Listing: most streams.</summary>
    public const string Limit = "limit";

    /// <summary>Read: most bytes.</summary>
    public const string MaxBytes = "max_bytes";

    /// <summary>Read: stop before this time, milliseconds since 1970 UTC.</summary>
    public const string Until = "until";

    /// <summary>Read: how long to wait for a first record, in whole seconds.</summary>
    public const string Wait = "wait";

    /// <summary>Read: take a start outside of head and tail as the nearer of the two.</summary>
    public const string Clamp = "clamp";

    /// <summary>Read as JSON: <c>text</c>, <c>base64</c> or <c>json</c>.</summary>
    public const string As = "as";

    /// <summary>Read: only of the stream with this identity, 32 hexadecimal digits, whatever stands under the name.</summary>
    public const string StreamId = "stream_id";

    /// <summary>Listing: how the names start.</summary>
    public const string Prefix = "prefix";

    /// <summary>Listing: go on behind this name.</summary>
    public const string After = "after";

    /// <summary>Path of a stream.</summary>
    public static string Stream(string name) => $"{Streams}/{name}";

    /// <summary>Path of a node, by its id.</summary>
    public static string Node(string id) => $"/v1/nodes/{id}";

    /// <summary>Path of its records.</summary>
    public static string Records(string name) => $"{Streams}/{name}/records";

    /// <summary>Path on which an appender session is opened.</summary>
    public static string Session(string name) => $"{Streams}/{name}/session";

    /// <summary>Path of its tail.</summary>
    public static string Tail(string name) => $"{Streams}/{name}/tail";

    /// <summary>Path that trims it.</summary>
    public static string Trim(string name) => $"{Streams}/{name}/trim";

    /// <summary>Path that sets its fencing token.</summary>
    public static string Fence(string name) => $"{Streams}/{name}/fence";

    /// <summary>Path that seals it.</summary>
    public static string Seal(string name) => $"{Streams}/{name}/seal";

    /// <summary>Path of its snapshots.</summary>
    public static string Snapshots(string name) => $"{Streams}/{name}/snapshots";
}
