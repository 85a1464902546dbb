using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// A batch on its way into the block (docs/FORMAT.md §6): encoded once, straight from the caller's memory. Timestamps are fixed by the
/// numbers that it is made with, so measuring and writing agree.
/// </summary>
internal readonly struct AppendBody : IWalBody
{
    /// <summary>What a frame costs beyond its headers and payload, without a timestamp.</summary>
    public const int FrameHeader = 8;

    private const uint TimestampFollows = 1u << 31;
    private const int StampBytes = 1 + sizeof(int) + sizeof(long);

    private readonly RecordBatch _batch;
    private readonly ProducerStamp? _producer;
    private readonly long _now;

    /// <summary>Fixes the timestamps of a batch.</summary>
    /// <param name="batch">The batch, checked.</param>
    /// <param name="shape">What checking it found.</param>
    /// <param name="producer">Its identity, checked.</param>
    /// <param name="previous">Timestamp of the record before the batch, or 0.</param>
    /// <param name="now">The time, for records that bring none.</param>
    public AppendBody(in RecordBatch batch, in BatchShape shape, in ProducerStamp? producer, long previous, long now)
    {
        _batch = batch;
        _producer = producer;
        _now = now;
        Length = shape.FrameBytes + (producer is { } stamp ? StampBytes + stamp.Id.Length : 0);
        FirstTimestamp = LastTimestamp = TimestampOf(batch[0], previous);
        if (!shape.HasTimestamps)
            return;

        for (var i = 1; i < batch.Count; i++)
        {
            var timestamp = TimestampOf(batch[i], LastTimestamp);
            if (timestamp != LastTimestamp)
                Length += sizeof(long);

            LastTimestamp = timestamp;
        }
    }

    /// <inheritdoc/>
    public int Length { get; }

    /// <summary>Timestamp of the first record.</summary>
    public long FirstTimestamp { get; }

    /// <summary>Timestamp of the last record.</summary>
    public long LastTimestamp { get; }

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination)
    {
        if (_producer is { } stamp)
            destination = WriteStamp(destination, stamp);

        var previous = FirstTimestamp;
        for (var i = 0; i < _batch.Count; i++)
            destination = WriteFrame(destination, _batch[i], ref previous);
    }

    private static Span<byte> WriteStamp(Span<byte> destination, scoped in ProducerStamp stamp)
    {
        destination[0] = (byte)stamp.Id.Length;
        var length = 1 + Encoding.ASCII.GetBytes(stamp.Id, destination[1..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination[length..], stamp.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(destination[(length + sizeof(int))..], stamp.Sequence);
        return destination[(length + sizeof(int) + sizeof(long))..];
    }

    private Span<byte> WriteFrame(Span<byte> destination, scoped in AppendRecord record, scoped ref long previous)
    {
        var payload = (int)record.Payload.Length;
        var headers = (uint)(record.ContentBytes - payload);
        var timestamp = TimestampOf(record, previous);
        BinaryPrimitives.WriteInt32LittleEndian(destination, payload);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], timestamp == previous ? headers : headers | TimestampFollows);
        destination = destination[FrameHeader..];
        if (timestamp != previous)
        {
            BinaryPrimitives.WriteInt64LittleEndian(destination, timestamp - previous);
            destination = destination[sizeof(long)..];
            previous = timestamp;
        }

        foreach (ref readonly var header in record.Headers.Span)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)header.Name.Length);
            BinaryPrimitives.WriteInt32LittleEndian(destination[2..], header.Value.Length);
            header.Name.Span.CopyTo(destination[RecordHeader.OverheadBytes..]);
            header.Value.Span.CopyTo(destination[(RecordHeader.OverheadBytes + header.Name.Length)..]);
            destination = destination[(RecordHeader.OverheadBytes + header.Name.Length + header.Value.Length)..];
        }

        record.Payload.CopyTo(destination);
        return destination[payload..];
    }

    private long TimestampOf(in AppendRecord record, long previous) => Math.Max(previous, record.Timestamp ?? _now);
}
