using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Endpoints.Problems;

/// <summary>Values of a problem's <c>reason</c>. Those that HTTP has a status of its own for change the status of their code.</summary>
internal static class Reasons
{
    /// <summary>Status 404: the path is none of ours.</summary>
    public const string NoSuchRoute = "no_such_route";

    /// <summary>Status 404: there is no node with this id.</summary>
    public const string NoSuchNode = "no_such_node";

    /// <summary>Status 405: the path is ours, the method is not.</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>Status 406: Accept names nothing that can be given.</summary>
    public const string NotAcceptable = "not_acceptable";

    /// <summary>Status 408: the body came too slowly.</summary>
    public const string RequestTimeout = "request_timeout";

    /// <summary>Status 426: this path takes only requests that change the protocol.</summary>
    public const string UpgradeRequired = "upgrade_required";

    /// <summary>The content type is not taken here.</summary>
    public const string ContentType = "content_type";

    /// <summary>The content encoding is not taken here.</summary>
    public const string ContentEncoding = "content_encoding";

    /// <summary>All requests together hold as much of their bodies as they may.</summary>
    public const string Bodies = "request_bodies";

    /// <summary>All answers together hold as much memory as they may.</summary>
    public const string Pages = "response_bodies";

    /// <summary>There are as many appender sessions as there may be.</summary>
    public const string Sessions = "sessions";

    /// <summary>Another stream stands under the name than the one that was asked for by its identity.</summary>
    public const string OtherStream = WireReasons.OtherStream;

    /// <summary>The server may not be called by the name in Host.</summary>
    public const string Host = "host";

    /// <summary>A page of another origin may not do this.</summary>
    public const string Origin = "origin";
}
