using System.Buffers.Binary;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Reading;

/// <summary>Records whose checksum holds and whose content does not.</summary>
public sealed class PageBuilderTests
{
    /// <summary>Added up in 32 bits these lengths are less than what is there.</summary>
    [Theory]
    [InlineData(ushort.MaxValue, uint.MaxValue)]
    [InlineData(0, uint.MaxValue)]
    [InlineData(1, Limits.RecordBytes)]
    public void Lengths_of_a_header_beyond_the_record_are_damage(ushort name, uint value)
    {
        const int Headers = 70_000, FrameHeader = 8;
        var body = new byte[FrameHeader + Headers];
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(4), Headers);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(FrameHeader), name);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(FrameHeader + 2), value);
        var entry = new WalEntry(WalEntryType.Append, WalEntryFlags.None, new StreamId(1), Term: 1, Generation: 0, Count: 1, Lsn: 7, Entry: 1, Timestamp: 0);
        var builder = new PageBuilder();

        Should.Throw<LogException>(() => Read(builder, entry, body)).Code.ShouldBe(LogErrorCode.Corrupt);
        builder.Count.ShouldBe(0);
        builder.Discard();
    }

    private static void Read(PageBuilder builder, in WalEntry entry, byte[] body)
    {
        var frames = new AppendFrames(entry, body);
        frames.MoveNext().ShouldBeTrue();
        builder.Add(frames, ReadSource.Wal);
    }
}
