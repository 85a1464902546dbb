using System.Buffers;
using System.Buffers.Binary;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Api.Contracts.Sessions;

/// <summary>
/// Takes the frames of a session apart in place. Every length is checked against its limit as soon as it is there, before anything of the content
/// has come. Anything wrong is a <see cref="FrameFormatException"/>; one of taking a frame means that nothing behind it can be understood.
/// </summary>
public static class SessionReader
{
    /// <summary>Takes a frame to the server off the front of what has come; false if it is not there whole.</summary>
    public static bool TryTakeFromClient(ref ReadOnlySequence<byte> buffer, out SessionFrame frame) =>
        TryTake(ref buffer, fromServer: false, out frame);

    /// <summary>Takes a frame to the client off the front of what has come; false if it is not there whole.</summary>
    public static bool TryTakeFromServer(ref ReadOnlySequence<byte> buffer, out SessionFrame frame) =>
        TryTake(ref buffer, fromServer: true, out frame);

    /// <summary>The content of an append. Its body is left to <see cref="FrameReader"/>.</summary>
    public static SessionAppend ReadAppend(in SessionFrame frame)
    {
        Span<byte> preamble = stackalloc byte[SessionFormat.AppendPreambleBytes];
        frame.Content.Slice(0, preamble.Length).CopyTo(preamble);
        return new SessionAppend(
            Optional(preamble),
            Optional(preamble[8..]),
            frame.Content.Slice(preamble.Length));
    }

    /// <summary>The content of a welcome.</summary>
    public static SessionWelcome ReadWelcome(in SessionFrame frame)
    {
        Span<byte> content = stackalloc byte[SessionFormat.WelcomeBytes];
        frame.Content.CopyTo(content);
        var inFlight = BinaryPrimitives.ReadInt32LittleEndian(content);
        return inFlight < 1 || BinaryPrimitives.ReadUInt32LittleEndian(content[4..]) != 0
            ? throw Malformed()
            : new SessionWelcome(inFlight, Convert.ToHexStringLower(content[8..]));
    }

    /// <summary>The content of an ack.</summary>
    public static SessionAck ReadAck(in SessionFrame frame)
    {
        Span<byte> content = stackalloc byte[SessionFormat.AckBytes];
        frame.Content.CopyTo(content);
        return new SessionAck(
            Position(content), Position(content[8..]), Position(content[16..]), Position(content[24..]), (frame.Flags & SessionFormat.DuplicateFlag) != 0);
    }

    /// <summary>The content of a refusal or an end.</summary>
    public static SessionRefusal ReadRefusal(in SessionFrame frame)
    {
        Span<byte> preamble = stackalloc byte[SessionFormat.RefusalPreambleBytes];
        frame.Content.Slice(0, preamble.Length).CopyTo(preamble);
        var retryAfter = BinaryPrimitives.ReadInt32LittleEndian(preamble[8..]);
        return retryAfter < 0 || BinaryPrimitives.ReadUInt32LittleEndian(preamble[12..]) != 0
            ? throw Malformed()
            : new SessionRefusal(Position(preamble), retryAfter, frame.Content.Slice(preamble.Length));
    }

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, bool fromServer, out SessionFrame frame)
    {
        frame = default;
        if (buffer.Length < SessionFormat.HeaderBytes)
            return false;

        Span<byte> header = stackalloc byte[SessionFormat.HeaderBytes];
        buffer.Slice(0, header.Length).CopyTo(header);
        var kind = (SessionFrameKind)header[4];
        var flags = header[5];
        var (least, most) = Bounds(kind, fromServer);
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) != 0 || (flags & ~Flags(kind)) != 0)
            throw new FrameFormatException("A frame has a flag that this version does not know, or a spare field that is not zero.");

        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > most)
            throw new FrameFormatException($"The content of this frame has at most {most} bytes.", most, "bytes");
        if (length < least)
            throw new FrameFormatException("A frame is too short for what it is.");
        if (buffer.Length - header.Length < length)
            return false;

        frame = new SessionFrame(kind, flags, buffer.Slice(header.Length, length));
        buffer = buffer.Slice(header.Length + length);
        return true;
    }

    private static (uint Least, uint Most) Bounds(SessionFrameKind kind, bool fromServer) => (kind, fromServer) switch
    {
        (SessionFrameKind.Append, false) => (SessionFormat.AppendPreambleBytes, SessionFormat.MaxAppendBytes),
        (SessionFrameKind.Welcome, true) => (SessionFormat.WelcomeBytes, SessionFormat.WelcomeBytes),
        (SessionFrameKind.Ack, true) => (SessionFormat.AckBytes, SessionFormat.AckBytes),
        (SessionFrameKind.Refusal or SessionFrameKind.End, true) => (SessionFormat.RefusalPreambleBytes, SessionFormat.MaxAnswerBytes),
        _ => throw new FrameFormatException("A frame is of a kind that this side does not take."),
    };

    private static byte Flags(SessionFrameKind kind) => kind == SessionFrameKind.Ack ? SessionFormat.DuplicateFlag : (byte)0;

    private static long? Optional(ReadOnlySpan<byte> field) =>
        BinaryPrimitives.ReadInt64LittleEndian(field) == SessionFormat.None ? null : Position(field);

    private static long Position(ReadOnlySpan<byte> field)
    {
        var position = BinaryPrimitives.ReadInt64LittleEndian(field);
        return position is < 0 or > WireLimits.Position ? throw Malformed() : position;
    }

    private static FrameFormatException Malformed() => new("A frame has a number out of range or a spare field that is not zero.");
}
