namespace Orleans.Log.Engine;

/// <summary>
/// A stream as the leader of one term sees it. Appends and other changes carry the term, and the replica refuses them as <see cref="LogErrorCode.Fenced"/>, with reason <c>term</c>, as soon as
/// a newer one was taken: whoever meets that is no longer the leader and must not try again. Reads need no term.
/// </summary>
public interface ILogStreamLeader : ILogStream
{
    /// <summary>Its term, durable on this node; null on a damaged stream, which can only be read.</summary>
    long? Term { get; }

    /// <summary>Tail of the stream when the term began.</summary>
    long StartTail { get; }
}
