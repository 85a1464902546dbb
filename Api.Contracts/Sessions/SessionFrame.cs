using System.Buffers;

namespace Orleans.Log.Api.Contracts.Sessions;

/// <summary>A whole frame: a view of the buffer that it was read from, nothing copied.</summary>
/// <param name="Kind">What it is; one that goes in the direction that was read.</param>
/// <param name="Flags">Its flags, not yet looked at.</param>
/// <param name="Content">Its content.</param>
public readonly record struct SessionFrame(SessionFrameKind Kind, byte Flags, ReadOnlySequence<byte> Content);

/// <summary>A batch on its way to the server.</summary>
/// <param name="Sequence">Sequence of the producer; null without one.</param>
/// <param name="ExpectedTail">Append only if this is the tail.</param>
/// <param name="Body">The batch, for <see cref="Frames.FrameReader.OpenAppend"/>; not yet looked at.</param>
public readonly record struct SessionAppend(long? Sequence, long? ExpectedTail, ReadOnlySequence<byte> Body);

/// <summary>What the server says of itself when a session is open.</summary>
/// <param name="MaxInFlight">Most appends that it takes without having answered them, from 1.</param>
/// <param name="StreamId">Identity of the stream, 32 hexadecimal digits as everywhere on this wire.</param>
public readonly record struct SessionWelcome(int MaxInFlight, string StreamId);

/// <summary>A batch is committed.</summary>
/// <param name="Number">Which append of the session, from 0.</param>
/// <param name="Start">LSN of its first record.</param>
/// <param name="End">LSN behind its last record.</param>
/// <param name="Tail">Tail of the stream when it was acknowledged.</param>
/// <param name="Duplicate">The stream already held it.</param>
public readonly record struct SessionAck(long Number, long Start, long End, long Tail, bool Duplicate);

/// <summary>An append was refused, or its outcome is not known; or the session ends.</summary>
/// <param name="Number">Which append of the session, from 0; of an end, the first that was not looked at.</param>
/// <param name="RetryAfterSeconds">How long to wait before the next attempt; 0 for nothing said.</param>
/// <param name="Problem">Why, as JSON: a <see cref="ProblemBody"/>.</param>
public readonly record struct SessionRefusal(long Number, int RetryAfterSeconds, ReadOnlySequence<byte> Problem);
