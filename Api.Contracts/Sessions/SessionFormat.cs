using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Api.Contracts.Sessions;

/// <summary>
/// The layout of what travels both ways on an appender session, little-endian throughout.
/// <code>
/// frame:    u32 content  u8 kind  u8 flags  u16 0                          then the content                        (8 + content)
/// append:   kind 1, to the server    i64 sequence  i64 expected tail       then a body as FrameFormat has it       (16 + body)
/// welcome:  kind 2, to the client    u32 most in flight  u32 0  16 bytes: identity of the stream                   (24)
/// ack:      kind 3, to the client    i64 number  i64 start  i64 end  i64 tail     flag bit 0: duplicate            (32)
/// refusal:  kind 4, to the client    i64 number  u32 retry after  u32 0    then a problem as JSON                  (16 + problem)
/// end:      kind 5, to the client    the same as a refusal                                                         (16 + problem)
/// </code>
/// A sequence is −1 if the session has no producer, an expected tail −1 if none is expected. The number of an append is its place among those of
/// its session, from 0. Whatever is zero or spare must be zero. docs/HTTP.md says what the frames mean.
/// </summary>
public static class SessionFormat
{
    /// <summary>The protocol as it stands in <c>Upgrade</c>, with its version.</summary>
    public const string Protocol = "orleans-log-session/1";

    /// <summary>Most appends of one session that are not answered yet; whoever sends more is not read.</summary>
    public const int MaxInFlight = 1024;

    /// <summary>Length of what precedes the content of a frame, in bytes.</summary>
    public const int HeaderBytes = 8;

    /// <summary>Length of what precedes the body in the content of an append, in bytes.</summary>
    public const int AppendPreambleBytes = 16;

    /// <summary>Largest content of an append, in bytes.</summary>
    public const int MaxAppendBytes = AppendPreambleBytes + FrameFormat.MaxAppendBytes;

    /// <summary>Largest content of any frame to the client, in bytes: a problem of 64 KiB.</summary>
    public const int MaxAnswerBytes = RefusalPreambleBytes + (64 * 1024);

    /// <summary>Stands for no sequence or no expected tail.</summary>
    public const long None = -1;

    internal const int WelcomeBytes = 24;
    internal const int AckBytes = 32;
    internal const int RefusalPreambleBytes = 16;
    internal const byte DuplicateFlag = 1;
}

/// <summary>What a frame is. The numbers are on the wire: never renumber.</summary>
public enum SessionFrameKind : byte
{
    /// <summary>To the server: a batch.</summary>
    Append = 1,

    /// <summary>To the client, first and once: the session is open.</summary>
    Welcome = 2,

    /// <summary>To the client: a batch is committed.</summary>
    Ack = 3,

    /// <summary>To the client: a batch was refused, or its outcome is not known; the session goes on.</summary>
    Refusal = 4,

    /// <summary>To the client, last: the append of this number and all after it were not looked at, and the session is over.</summary>
    End = 5,
}
