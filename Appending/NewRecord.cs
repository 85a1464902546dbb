using System.Text;

namespace Orleans.Log.Client;

/// <summary>A record on its way in. Its memory is read only during the call that appends it.</summary>
/// <param name="Payload">The content; may be empty. At most 1 MiB together with the headers.</param>
public readonly record struct NewRecord(ReadOnlyMemory<byte> Payload)
{
    /// <summary>Key/value pairs in the order given, at most 64; duplicates allowed.</summary>
    public ReadOnlyMemory<LogHeader> Headers { get; init; }

    /// <summary>
    /// Milliseconds since 1970 UTC, not negative; null for the time of arrival. The stored one is never less than that of the record
    /// before.
    /// </summary>
    public long? Timestamp { get; init; }

    /// <summary>A record of text, as UTF-8.</summary>
    public static NewRecord FromText(string text) => new(Encoding.UTF8.GetBytes(text));
}

/// <summary>One key/value pair of a record.</summary>
/// <param name="Name">1 to 65,535 bytes; text by custom.</param>
/// <param name="Value">Any bytes.</param>
public readonly record struct LogHeader(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>A pair of texts, as UTF-8.</summary>
    public static LogHeader FromText(string name, string value) => new(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
}
