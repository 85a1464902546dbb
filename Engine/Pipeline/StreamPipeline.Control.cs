using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <content>Trim, fence and seal: entries like appends, ordered among them, answered when they are committed. They may use the disk's reserve; a trim that makes room may use the last of it.</content>
internal sealed partial class StreamPipeline
{
    /// <summary>See <see cref="ILogStream.TrimAsync"/>.</summary>
    public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken, long term = AnyTerm)
    {
        if (before is < 0 or > Limits.Position)
            return Refused(new LogException(LogErrorCode.BadRequest, $"A head lies between 0 and {Limits.Position}."));

        return _open || !LetsOldestFileGo(before) ? Trim(before, term, cancellationToken) : OpenAndTrim();

        // On a full disk there may have been no room for the stream's term. For a trim that makes room there is.
        async ValueTask<StreamPosition> OpenAndTrim()
        {
            await OpenAsync(cancellationToken, WalClass.Relief);
            return await Trim(before, term, cancellationToken);
        }
    }

    /// <summary>Does the stream need the oldest WAL file, and would not once it was trimmed? True at most once for every oldest file. Also under the lock.</summary>
    private bool LetsOldestFileGo(long before)
    {
        lock (_gate)
        {
            var head = _node.Wal.Head.File;
            return before > _state.Head
                && before <= _committed.Tail
                && OldestLiveLocked is { } oldest
                && oldest.File <= head
                && (before == _state.Tail || _index.Floor(before) is { } next && next.Position.File > head);
        }
    }

    private ValueTask<StreamPosition> Trim(long before, long term, CancellationToken cancellationToken) =>
        Control(before, static (stream, before) =>
        {
            if (before > stream._committed.Tail)
                throw new LogException(LogErrorCode.Unwritten, "A stream cannot be trimmed beyond its tail.", stream.Facts());

            if (before <= stream._state.Head)
                return stream.After(stream._state.TrimEntry);

            var room = stream.LetsOldestFileGo(before) ? WalClass.Relief : WalClass.Control;
            var entry = stream.OrderControl(WalEntryType.Trim, new TrimBody(before), room);
            stream._state.Trim(before, entry);
            return new PendingControl { Head = before };
        }, term, cancellationToken);

    /// <summary>See <see cref="ILogStream.FenceAsync"/>.</summary>
    public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken, long term = AnyTerm)
    {
        byte[] bytes;
        try
        {
            bytes = FenceBody.Encode(token);
        }
        catch (LogException refusal)
        {
            return Refused(refusal);
        }

        return Control((token, expected, bytes), static (stream, fence) =>
        {
            // Before the condition: a fence whose answer was lost is sent again with what it expected then, and that is no longer there.
            if (string.Equals(fence.token, stream._state.FencingToken, StringComparison.Ordinal))
                return stream.After(stream._state.FenceEntry);

            // One that is set already may be older than this rule.
            if (FencingTokens.Refuse(fence.token) is { } refusal)
                throw refusal;

            if (fence.expected is not null && !string.Equals(fence.expected, stream._state.FencingToken, StringComparison.Ordinal))
                throw new LogException(LogErrorCode.Fenced, "The stream's fencing token is not the expected one.", stream.Facts(reason: "token"));

            var entry = stream.OrderControl(WalEntryType.Fence, new FenceBody(fence.bytes));
            stream._state.Fence(fence.token, entry);
            return new PendingControl { Fences = fence.token.Length > 0 };
        }, term, cancellationToken);
    }

    /// <summary>See <see cref="ILogStream.SealAsync"/>.</summary>
    public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken, long term = AnyTerm) =>
        Control(0, static (stream, _) =>
        {
            if (stream._state.SealEntry is { } done)
                return stream.After(done);

            var entry = stream.OrderControl(WalEntryType.Seal, default(EmptyBody));
            stream._state.Seal(entry);
            return new PendingControl { Seals = true };
        }, term, cancellationToken);

    private ValueTask<StreamPosition> Control<TState>(
        TState state, Func<StreamPipeline, TState, PendingControl?> order, long term, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<StreamPosition>(cancellationToken);

        if (!_node.TryEnter())
            return Refused(_node.Refusal());

        var entered = true;
        try
        {
            lock (_gate)
            {
                if ((RefuseEntry(term) ?? RefuseForRoom(0)) is { } refusal)
                    return Refused(refusal);

                if (order(this, state) is not { } op)
                    return new(_committed.Position);

                // One that only waits for an earlier entry comes behind the calls before it as well.
                Enqueue(_replica.AcceptedEntry, StreamBounds.CallBytes, out entered).Told.Add(op);
                return new(op.Task);
            }
        }
        catch (LogException refusal)
        {
            return Refused(refusal);
        }
        finally
        {
            if (entered)
                _node.Leave();
        }
    }

    /// <summary>Nothing is left to do but to wait for an entry; null if it is committed.</summary>
    private PendingControl? After(long entry) => entry <= _committed.Entry ? null : new PendingControl();

    private long OrderControl<TBody>(WalEntryType type, in TBody body, WalClass room = WalClass.Control)
        where TBody : struct, IWalBody
    {
        Admission.ThrowIfRefused(_node.Wal.TryAdmit(body.Length, room));
        var entry = NextEntry(type, WalEntryFlags.None, count: 0, _node.Now);
        _replica.Append(entry, body);
        CountUncut(1);
        return entry.Entry;
    }

    private static ValueTask<StreamPosition> Refused(LogException refusal) => ValueTask.FromException<StreamPosition>(refusal);
}
