using System.Text.Json;

namespace Orleans.Log.Api.Contracts;

/// <summary>A batch to append.</summary>
public sealed record AppendBody
{
    /// <summary>1 to 10,000 records.</summary>
    public required IReadOnlyList<RecordBody> Records { get; init; }

    /// <summary>Append only if this is the tail.</summary>
    public long? ExpectedTail { get; init; }

    /// <summary>The writer's fencing token.</summary>
    public string? FencingToken { get; init; }
}

/// <summary>A record, on its way in or out. Exactly one of text, base64 and json is there.</summary>
public sealed record RecordBody
{
    /// <summary>Its position; only on the way out.</summary>
    public long? Lsn { get; init; }

    /// <summary>Milliseconds since 1970 UTC; optional on the way in.</summary>
    public long? Timestamp { get; init; }

    /// <summary>Key/value pairs in order. A key or value that is not valid UTF-8 stands as an object with one member <c>base64</c>.</summary>
    public IReadOnlyList<IReadOnlyList<JsonElement>>? Headers { get; init; }

    /// <summary>The payload as text (UTF-8).</summary>
    public string? Text { get; init; }

    /// <summary>The payload in base64.</summary>
    public string? Base64 { get; init; }

    /// <summary>The payload as a JSON value.</summary>
    public JsonElement? Json { get; init; }
}

/// <summary>The positions that a batch got.</summary>
public sealed record AppendedBody
{
    /// <summary>LSN of its first record.</summary>
    public long Start { get; init; }

    /// <summary>LSN behind its last record.</summary>
    public long End { get; init; }

    /// <summary>Tail of the stream when the batch was acknowledged.</summary>
    public long Tail { get; init; }

    /// <summary>The stream already held the batch; the positions are the original ones.</summary>
    public bool Duplicate { get; init; }
}

/// <summary>One line of the answer to a streamed append: the positions of a batch or, last, the problem that ended it.</summary>
public sealed record AppendLineBody
{
    /// <summary>LSN of the batch's first record.</summary>
    public long? Start { get; init; }

    /// <summary>LSN behind its last record.</summary>
    public long? End { get; init; }

    /// <summary>Tail when it was acknowledged.</summary>
    public long? Tail { get; init; }

    /// <summary>The stream already held it.</summary>
    public bool? Duplicate { get; init; }

    /// <summary>Why the append ended; nothing from the named line on was appended, unless its side effects are possible.</summary>
    public ProblemBody? Problem { get; init; }
}

/// <summary>One page of a read.</summary>
public sealed record PageBody
{
    /// <summary>The records, dense and in order.</summary>
    public required IReadOnlyList<RecordBody> Records { get; init; }

    /// <summary>LSN to read next.</summary>
    public long Next { get; init; }

    /// <summary>Lowest LSN that can still be read.</summary>
    public long Head { get; init; }

    /// <summary>LSN that the next record gets.</summary>
    public long Tail { get; init; }

    /// <summary>The tail will never move again.</summary>
    public bool Sealed { get; init; }
}
