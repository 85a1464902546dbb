using System.Buffers;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Contracts.Sessions;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>The bytes of a session as they were published: today's code must write and read the same.</summary>
public sealed class SessionFormatTests
{
    private const string Id = "000102030405060708090a0b0c0d0e0f";
    private const string Append = "15000000 01 00 0000  0700000000000000 ffffffffffffffff  0102030405";
    private const string Welcome = "18000000 02 00 0000  00040000 00000000 " + Id;
    private const string Ack = "20000000 03 01 0000  0100000000000000 0200000000000000 0300000000000000 ffffffffffff1f00";
    private const string Refusal = "12000000 04 00 0000  0900000000000000 02000000 00000000  7b7d";
    private const string End = "10000000 05 00 0000  0000000000000000 00000000 00000000";

    [Fact]
    public void An_append_has_these_bytes()
    {
        var head = new byte[SessionWriter.AppendHeadBytes];
        SessionWriter.WriteAppendHead(head, sequence: 7, expectedTail: null, bodyBytes: 5);
        ((byte[])[.. head, 1, 2, 3, 4, 5]).ShouldBe(Bytes(Append));

        var append = SessionReader.ReadAppend(Take(Append, fromServer: false));
        (append.Sequence, append.ExpectedTail).ShouldBe((7, null));
        append.Body.ToArray().ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public void What_the_server_says_has_these_bytes()
    {
        var welcome = new SessionWelcome(1024, Id);
        var ack = new SessionAck(1, 2, 3, 9_007_199_254_740_991, Duplicate: true);
        Written(writer => SessionWriter.WriteWelcome(writer, welcome)).ShouldBe(Bytes(Welcome));
        Written(writer => SessionWriter.WriteAck(writer, ack)).ShouldBe(Bytes(Ack));
        Written(writer => SessionWriter.WriteRefusal(writer, SessionFrameKind.Refusal, new SessionRefusal(9, 2, new("{}"u8.ToArray())))).ShouldBe(Bytes(Refusal));
        Written(writer => SessionWriter.WriteRefusal(writer, SessionFrameKind.End, default)).ShouldBe(Bytes(End));

        SessionReader.ReadWelcome(Take(Welcome)).ShouldBe(welcome);
        SessionReader.ReadAck(Take(Ack)).ShouldBe(ack);
        var refusal = SessionReader.ReadRefusal(Take(Refusal));
        (refusal.Number, refusal.RetryAfterSeconds, refusal.Problem.Length).ShouldBe((9, 2, 2));
        Take(End).Kind.ShouldBe(SessionFrameKind.End);
    }

    [Fact]
    public void A_frame_that_is_not_there_whole_is_waited_for_and_taken_without_what_follows()
    {
        byte[] two = [.. Bytes(Ack), .. Bytes(End)];
        for (var length = 0; length < Bytes(Ack).Length; length++)
        {
            var part = new ReadOnlySequence<byte>(two, 0, length);
            SessionReader.TryTakeFromServer(ref part, out _).ShouldBeFalse();
            part.Length.ShouldBe(length);
        }

        var both = new ReadOnlySequence<byte>(two);
        SessionReader.TryTakeFromServer(ref both, out _).ShouldBeTrue();
        both.ToArray().ShouldBe(Bytes(End));
    }

    [Theory]
    [InlineData("10000000 01 00 0000", "appends do not come from the server")]
    [InlineData("10000000 06 00 0000", "unknown kind")]
    [InlineData("10000000 00 00 0000", "no kind")]
    [InlineData("1f000000 03 00 0000", "an ack that is too short")]
    [InlineData("21000000 03 00 0000", "an ack that is too long")]
    [InlineData("20000000 03 02 0000", "unknown flag")]
    [InlineData("10000000 04 01 0000", "a flag of another kind")]
    [InlineData("20000000 03 00 0100", "spare")]
    [InlineData("11000100 04 00 0000", "a problem beyond 64 KiB")]
    [InlineData("ffffffff 04 00 0000", "a problem of 4 GB")]
    public void The_head_alone_is_enough_to_refuse_a_frame(string head, string why)
    {
        var bytes = new ReadOnlySequence<byte>(Bytes(head));
        Should.Throw<FrameFormatException>(() => SessionReader.TryTakeFromServer(ref bytes, out _), why);
    }

    [Theory]
    [InlineData("18000000 02 00 0000  00000000 00000000 " + Id, "nothing in flight")]
    [InlineData("18000000 02 00 0000  00040000 01000000 " + Id, "spare")]
    [InlineData("10000000 04 00 0000  ffffffffffffffff 00000000 00000000", "a negative number")]
    [InlineData("10000000 04 00 0000  0000000000000000 ffffffff 00000000", "a negative pause")]
    [InlineData("10000000 04 00 0000  0000000000000000 00000000 01000000", "spare")]
    [InlineData("20000000 03 00 0000  0100000000000000 0200000000000000 0300000000000000 0000000000002000", "beyond 2^53−1")]
    public void A_field_out_of_range_is_refused(string frame, string why) =>
        Should.Throw<FrameFormatException>(
            () =>
            {
                var taken = Take(frame);
                _ = taken.Kind switch
                {
                    SessionFrameKind.Welcome => (object)SessionReader.ReadWelcome(taken),
                    SessionFrameKind.Ack => SessionReader.ReadAck(taken),
                    _ => SessionReader.ReadRefusal(taken),
                };
            },
            why);

    private static SessionFrame Take(string hex, bool fromServer = true)
    {
        var bytes = new ReadOnlySequence<byte>(Bytes(hex));
        (fromServer ? SessionReader.TryTakeFromServer(ref bytes, out var frame) : SessionReader.TryTakeFromClient(ref bytes, out frame)).ShouldBeTrue();
        bytes.IsEmpty.ShouldBeTrue();
        return frame;
    }

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));
}
