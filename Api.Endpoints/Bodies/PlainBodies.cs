using System.Buffers;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>Bodies whose payloads are taken as they lie in the request: lines of text, and frames.</summary>
internal static class PlainBodies
{
    /// <summary>Every LF ends a record and belongs to none; what follows the last LF is one more. A CR is part of its record.</summary>
    public static void ReadLines(in ReadOnlySequence<byte> body, BatchBuilder batch)
    {
        var reader = new SequenceReader<byte>(body);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
            batch.Add(new AppendRecord(line));

        if (!reader.End)
            batch.Add(new AppendRecord(reader.UnreadSequence));
    }

    /// <summary>The records of a frames body.</summary>
    public static void ReadFrames(in ReadOnlySequence<byte> body, BatchBuilder batch)
    {
        var reader = FrameReader.OpenAppend(body, out _);
        while (reader.TryRead(out var frame))
        {
            long? timestamp = frame.Timestamp == FrameFormat.NoTimestamp ? null : frame.Timestamp;
            batch.Add(new AppendRecord(frame.Payload, batch.Take(frame), timestamp));
        }
    }
}
