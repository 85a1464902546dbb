using System.Buffers;

namespace Orleans.Log;

/// <summary>A record on its way in. The bytes belong to the caller and are read only during the call that appends them.</summary>
/// <param name="Payload">The content; may be empty. At most <see cref="Limits.RecordBytes"/> with the headers.</param>
/// <param name="Headers">Key/value pairs in the order given; duplicates allowed. At most <see cref="Limits.HeadersPerRecord"/>.</param>
/// <param name="Timestamp">
/// Milliseconds since 1970 UTC, or null for the time of arrival; ahead of the server's clock by <see cref="StreamConfig.TimestampLead"/> at most. The stored one
/// is never less than that of the record before it.
/// </param>
public readonly record struct AppendRecord(ReadOnlySequence<byte> Payload, ReadOnlyMemory<RecordHeader> Headers = default, long? Timestamp = null)
{
    /// <summary>A record of a payload that lies in one piece.</summary>
    public AppendRecord(ReadOnlyMemory<byte> payload)
        : this(new ReadOnlySequence<byte>(payload))
    {
    }

    /// <summary>Payload plus headers in bytes: what <see cref="Limits.RecordBytes"/> bounds.</summary>
    public long ContentBytes
    {
        get
        {
            var bytes = Payload.Length;
            foreach (ref readonly var header in Headers.Span)
                bytes += header.Name.Length + header.Value.Length + RecordHeader.OverheadBytes;

            return bytes;
        }
    }
}

/// <summary>One key/value pair of a record.</summary>
/// <param name="Name">1 to 65,535 bytes; text by custom.</param>
/// <param name="Value">Any bytes.</param>
public readonly record struct RecordHeader(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>What a header costs beyond its name and value when a record is measured, in bytes.</summary>
    public const int OverheadBytes = 6;
}
