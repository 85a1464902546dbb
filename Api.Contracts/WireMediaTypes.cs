namespace Orleans.Log.Api.Contracts;

/// <summary>Content types that are taken and given.</summary>
public static class WireMediaTypes
{
    /// <summary>A batch or a page as one JSON document.</summary>
    public const string Json = "application/json";

    /// <summary>One record object a line.</summary>
    public const string NdJson = "application/x-ndjson";

    /// <summary>One record, raw.</summary>
    public const string Octets = "application/octet-stream";

    /// <summary>One record a line of text.</summary>
    public const string Text = "text/plain";

    /// <summary>A batch or a page in length-prefixed binary; see <see cref="Frames.FrameFormat"/>.</summary>
    public const string Frames = "application/vnd.orleans-log.frames";

    /// <summary>Server-sent events.</summary>
    public const string EventStream = "text/event-stream";

    /// <summary>A change of configuration, RFC 7396.</summary>
    public const string MergePatch = "application/merge-patch+json";

    /// <summary>An error, RFC 9457.</summary>
    public const string Problem = "application/problem+json";
}
