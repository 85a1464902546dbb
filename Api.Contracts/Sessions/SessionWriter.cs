using System.Buffers;
using System.Buffers.Binary;

namespace Orleans.Log.Api.Contracts.Sessions;

/// <summary>Writes the frames of a session. Arguments out of range are the caller's defect and throw <see cref="ArgumentOutOfRangeException"/>.</summary>
public static class SessionWriter
{
    /// <summary>Length of what precedes the body in the frame of an append, in bytes.</summary>
    public const int AppendHeadBytes = SessionFormat.HeaderBytes + SessionFormat.AppendPreambleBytes;

    /// <summary>Writes what precedes the body of an append: <see cref="AppendHeadBytes"/>.</summary>
    public static void WriteAppendHead(Span<byte> span, long? sequence, long? expectedTail, int bodyBytes)
    {
        Header(span, SessionFrameKind.Append, SessionFormat.AppendPreambleBytes + bodyBytes, SessionFormat.MaxAppendBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], sequence ?? SessionFormat.None);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], expectedTail ?? SessionFormat.None);
    }

    /// <summary>Says that the session is open.</summary>
    public static void WriteWelcome(IBufferWriter<byte> writer, in SessionWelcome welcome)
    {
        var span = Begin(writer, SessionFrameKind.Welcome, SessionFormat.WelcomeBytes);
        BinaryPrimitives.WriteInt32LittleEndian(span[8..], welcome.MaxInFlight);
        BinaryPrimitives.WriteUInt32LittleEndian(span[12..], 0);
        if (Convert.FromHexString(welcome.StreamId, span[16..32], out _, out var written) != OperationStatus.Done || written != 16)
            throw new ArgumentOutOfRangeException(nameof(welcome), "The identity of a stream has 32 hexadecimal digits.");

        writer.Advance(SessionFormat.HeaderBytes + SessionFormat.WelcomeBytes);
    }

    /// <summary>Says that an append is committed.</summary>
    public static void WriteAck(IBufferWriter<byte> writer, in SessionAck ack)
    {
        var span = Begin(writer, SessionFrameKind.Ack, SessionFormat.AckBytes, ack.Duplicate ? SessionFormat.DuplicateFlag : (byte)0);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], ack.Number);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], ack.Start);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], ack.End);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], ack.Tail);
        writer.Advance(SessionFormat.HeaderBytes + SessionFormat.AckBytes);
    }

    /// <summary>Says why an append has no positions (<see cref="SessionFrameKind.Refusal"/>), or why the session ends (<see cref="SessionFrameKind.End"/>).</summary>
    public static void WriteRefusal(IBufferWriter<byte> writer, SessionFrameKind kind, in SessionRefusal refusal)
    {
        var length = SessionFormat.RefusalPreambleBytes + (int)refusal.Problem.Length;
        var span = Begin(writer, kind, length);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], refusal.Number);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], refusal.RetryAfterSeconds);
        BinaryPrimitives.WriteUInt32LittleEndian(span[20..], 0);
        refusal.Problem.CopyTo(span[24..]);
        writer.Advance(SessionFormat.HeaderBytes + length);
    }

    private static Span<byte> Begin(IBufferWriter<byte> writer, SessionFrameKind kind, int content, byte flags = 0)
    {
        var span = writer.GetSpan(SessionFormat.HeaderBytes + content);
        Header(span, kind, content, SessionFormat.MaxAnswerBytes, flags);
        return span;
    }

    private static void Header(Span<byte> span, SessionFrameKind kind, int content, int limit, byte flags = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content, limit);
        BinaryPrimitives.WriteInt32LittleEndian(span, content);
        span[4] = (byte)kind;
        span[5] = flags;
        BinaryPrimitives.WriteUInt16LittleEndian(span[6..], 0);
    }
}
