using System.Buffers;
using System.Text;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Format;

/// <summary>The bytes of docs/FORMAT.md §6 and of the small bodies of §5.</summary>
public sealed class AppendBodyGoldenTests
{
    private const long Time = 1_795_000_000_000;

    private static readonly ProducerStamp Stamp = new("writer:7", 3, 258);

    private static readonly AppendRecord[] Records =
    [
        new(new ReadOnlySequence<byte>(Utf8("first")), Timestamp: Time),
        new(default, new[] { new RecordHeader(Utf8("key"), Utf8("value")), new RecordHeader(Utf8("k"), default) }, Time - 5),
        new(new ReadOnlySequence<byte>(Utf8("third")), new[] { new RecordHeader(Utf8("a"), new byte[] { 0, 255 }) }, Time + 1500),
        new(Utf8("x")),
    ];

    private static readonly WalEntry Entry =
        new(WalEntryType.Append, WalEntryFlags.Producer, new StreamId(1), 4, 2, Records.Length, 41, 9, Time);

    [Fact]
    public void An_append_is_written_as_published()
    {
        BatchShape.Check(new RecordBatch(Records), new AppendConditions(Producer: Stamp), Limits.RecordBytes, out var shape).ShouldBeNull();
        var body = new AppendBody(new RecordBatch(Records), shape, Stamp, previous: Time - 10, now: Time + 7);
        var bytes = new byte[body.Length];
        bytes.AsSpan().Fill(0xEE);
        body.WriteTo(bytes);
        bytes.ShouldBe(Golden.Read("Format/append-body-1.hex"));
        (body.FirstTimestamp, body.LastTimestamp).ShouldBe((Time, Time + 1500));
    }

    [Fact]
    public void An_append_is_read_as_published()
    {
        var frames = new AppendFrames(Entry, Golden.Read("Format/append-body-1.hex"));
        Encoding.ASCII.GetString(frames.ProducerId).ShouldBe(Stamp.Id);
        (frames.ProducerEpoch, frames.ProducerSequence).ShouldBe((Stamp.Epoch, Stamp.Sequence));
        var read = new List<(long, long, string, int)>();
        while (frames.MoveNext())
            read.Add((frames.Lsn, frames.Timestamp, Encoding.UTF8.GetString(frames.Content[frames.HeadersLength..]), frames.HeadersLength));

        read.ShouldBe([(41, Time, "first", 0), (42, Time, "", 21), (43, Time + 1500, "third", 9), (44, Time + 1500, "x", 0)]);
    }

    [Fact]
    public void A_payload_in_pieces_is_encoded_as_one()
    {
        var first = new Piece(Utf8("fi"), null, 0);
        var last = new Piece(Utf8("rst"), first, 2);
        var pieces = new AppendRecord(new ReadOnlySequence<byte>(first, 0, last, 3), Timestamp: Time);
        Encode(pieces).ShouldBe(Encode(Records[0]));

        static byte[] Encode(in AppendRecord record)
        {
            var batch = new RecordBatch(record);
            BatchShape.Check(batch, default, Limits.RecordBytes, out var shape).ShouldBeNull();
            var body = new AppendBody(batch, shape, null, 0, 0);
            var bytes = new byte[body.Length];
            body.WriteTo(bytes);
            return bytes;
        }
    }

    [Fact]
    public void A_body_that_is_cut_short_or_too_long_is_corrupt()
    {
        var golden = Golden.Read("Format/append-body-1.hex");
        for (var length = 0; length < golden.Length; length++)
            Code(golden[..length]).ShouldBe(LogErrorCode.Corrupt);

        Code([.. golden, 0]).ShouldBe(LogErrorCode.Corrupt);
    }

    [Fact]
    public void Whatever_the_bytes_are_reading_ends_or_says_corrupt()
    {
        var golden = Golden.Read("Format/append-body-1.hex");
        for (var bit = 0; bit < golden.Length * 8; bit++)
        {
            var flipped = golden.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Code(flipped).ShouldBeOneOf(null, LogErrorCode.Corrupt);
        }
    }

    [Fact]
    public void The_small_bodies_are_written_and_read_as_published()
    {
        Bytes(new TrimBody(0x0102)).ShouldBe(Convert.FromHexString("0201000000000000"));
        TrimBody.Read(Convert.FromHexString("0201000000000000")).ShouldBe(0x0102);
        Bytes(new FenceBody(FenceBody.Encode("tö"))).ShouldBe(Convert.FromHexString("74C3B6"));
        FenceBody.Read(Convert.FromHexString("74C3B6")).ShouldBe("tö");
        Bytes(new ProducerExpiryBody(["ab", "c"])).ShouldBe(Convert.FromHexString("0261620163"));
        ProducerExpiryBody.Read(Convert.FromHexString("0261620163")).ShouldBe(["ab", "c"]);
        foreach (var malformed in new[] { "00", "0361", "41", "0261620263" })
            Should.Throw<LogException>(() => ProducerExpiryBody.Read(Convert.FromHexString(malformed))).Code.ShouldBe(LogErrorCode.Corrupt);

        Should.Throw<LogException>(() => TrimBody.Read(new byte[7])).Code.ShouldBe(LogErrorCode.Corrupt);
    }

    private static LogErrorCode? Code(byte[] body)
    {
        try
        {
            var frames = new AppendFrames(Entry, body);
            while (frames.MoveNext())
            {
                // Reading is all that is asked.
            }

            return null;
        }
        catch (LogException error)
        {
            return error.Code;
        }
    }

    private static byte[] Bytes<TBody>(TBody body)
        where TBody : struct, IWalBody
    {
        var bytes = new byte[body.Length];
        body.WriteTo(bytes);
        return bytes;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before, long index)
        {
            (Memory, RunningIndex) = (memory, index);
            if (before is not null)
                before.Next = this;
        }
    }
}
