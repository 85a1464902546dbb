using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>Largest bodies, in bytes after decompression, that each route takes; what is in them has limits of its own.</summary>
internal static class BodyLimits
{
    /// <summary>A record as it is.</summary>
    public const int Octets = Limits.RecordBytes;

    /// <summary>Lines of one batch: more cannot be one, because a record costs more than its LF.</summary>
    public const int Text = Limits.BatchBytes;

    /// <summary>Frames of one batch.</summary>
    public const int Frames = FrameFormat.MaxAppendBytes;

    /// <summary>A batch as JSON: a full one in base64 is 5.6 MB, and text may be escaped; beyond this, cut the batch or use frames.</summary>
    public const int Json = 16 * 1024 * 1024;

    /// <summary>One line of NDJSON: a full record whose every byte is escaped, and its other fields.</summary>
    public const int NdJsonLine = 8 * 1024 * 1024;

    /// <summary>A configuration or a command: 32 labels of 2 × 256 characters, all escaped, are 100 KB.</summary>
    public const int Control = 128 * 1024;
}
