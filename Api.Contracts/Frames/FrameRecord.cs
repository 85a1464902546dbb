using System.Buffers;

namespace Orleans.Log.Api.Contracts.Frames;

/// <summary>A record in a body: a view of the buffer that it was read from, nothing copied.</summary>
/// <param name="Timestamp">Milliseconds since 1970 UTC, or <see cref="FrameFormat.NoTimestamp"/>.</param>
/// <param name="HeaderCount">Number of headers.</param>
/// <param name="Headers">The headers; <see cref="FrameReader.ReadHeader"/> takes them apart.</param>
/// <param name="Payload">The payload.</param>
public readonly record struct FrameRecord(long Timestamp, int HeaderCount, ReadOnlySequence<byte> Headers, ReadOnlySequence<byte> Payload);

/// <summary>A header of a record.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public readonly record struct FrameHeader(ReadOnlySequence<byte> Name, ReadOnlySequence<byte> Value);
