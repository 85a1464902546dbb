using System.Buffers;
using System.Buffers.Binary;

namespace Orleans.Log.Api.Contracts.Frames;

/// <summary>
/// Writes bodies piece by piece; the caller keeps the order that <see cref="FrameFormat"/> gives and the counts that it promises.
/// Arguments out of range are the caller's defect and throw <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public static class FrameWriter
{
    /// <summary>Begins an append of that many records.</summary>
    public static void WriteAppend(IBufferWriter<byte> writer, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, WireLimits.BatchRecords);
        var span = writer.GetSpan(FrameFormat.AppendPreambleBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span, FrameFormat.AppendMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], (uint)count);
        writer.Advance(FrameFormat.AppendPreambleBytes);
    }

    /// <summary>Begins a page.</summary>
    public static void WritePage(IBufferWriter<byte> writer, in FramePage page)
    {
        var span = writer.GetSpan(FrameFormat.PagePreambleBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span, FrameFormat.PageMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], (uint)page.Count);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], page.First);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], page.Next);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], page.Head);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], page.Tail);
        BinaryPrimitives.WriteUInt32LittleEndian(span[40..], page.Sealed ? FrameFormat.SealedFlag : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(span[44..], 0);
        writer.Advance(FrameFormat.PagePreambleBytes);
    }

    /// <summary>Begins a record; its headers follow, then its payload, <paramref name="contentBytes"/> in all.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="timestamp">Milliseconds since 1970 UTC, or <see cref="FrameFormat.NoTimestamp"/>.</param>
    /// <param name="headerCount">Number of headers.</param>
    /// <param name="contentBytes">Payload, plus name, value and <see cref="WireLimits.HeaderOverheadBytes"/> for each header.</param>
    public static void WriteRecord(IBufferWriter<byte> writer, long timestamp, int headerCount, long contentBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(contentBytes, WireLimits.RecordBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(headerCount, WireLimits.HeadersPerRecord);
        var span = writer.GetSpan(WireLimits.RecordOverheadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)contentBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[4..], timestamp);
        BinaryPrimitives.WriteUInt16LittleEndian(span[12..], (ushort)headerCount);
        BinaryPrimitives.WriteUInt16LittleEndian(span[14..], 0);
        writer.Advance(WireLimits.RecordOverheadBytes);
    }

    /// <summary>Writes a header.</summary>
    public static void WriteHeader(IBufferWriter<byte> writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfZero(name.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, ushort.MaxValue);
        var span = writer.GetSpan(WireLimits.HeaderOverheadBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)name.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(span[2..], (uint)value.Length);
        writer.Advance(WireLimits.HeaderOverheadBytes);
        writer.Write(name);
        writer.Write(value);
    }
}
