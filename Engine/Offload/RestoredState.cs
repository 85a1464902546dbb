using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>How a stream goes on that was rebuilt without its log. Pure.</summary>
internal static class RestoredState
{
    /// <summary>
    /// LSNs that are left out: more than a log can have held, since an entry of one record takes 64 bytes at least and no disk has 4 TiB for a log. Whatever the lost log gave away
    /// behind the snapshot, it is not given away again.
    /// </summary>
    public const long Gap = 1L << 36;

    /// <summary>The snapshot that the stream goes on from: in a new generation and term, behind a gap unless it was sealed.</summary>
    public static Snapshot Of(Snapshot last, OffloadSabotage sabotage)
    {
        var state = last.Stream.State;
        var tail = state.Sealed || sabotage.Has(OffloadSabotage.RestoreWithoutGap) ? state.Tail : state.Tail + Gap;
        if (tail > Limits.Position)
            throw new StoreRefusedException(StoreProblem.Damaged, $"Stream {last.Stream.Entry!.Name} ends at {state.Tail} and has no positions left to go on behind a gap.");

        var (term, generation) = (state.Term + 1, state.Generation + 1);
        var restored = state with
        {
            AsOf = WalPosition.None,
            Tail = tail,
            Offloaded = tail,
            Term = term,
            Generation = generation,
            Terms = [.. state.Terms, new TermStart(term, generation, tail)],
            Lost = tail > state.Tail ? [.. state.Lost, new LsnRange(state.Tail, tail)] : state.Lost,
        };
        return last with { Stream = last.Stream with { State = restored } };
    }

    /// <summary>What is reported of a stream that was restored.</summary>
    public static RestoredStream Report(Snapshot restored)
    {
        var state = restored.Stream.State;

        // What a sealed one has lost, it lost to an earlier restore.
        var offloaded = !state.Sealed && state.Lost is [.., var last] && last.To == state.Tail ? last.From : state.Tail;
        return new RestoredStream(restored.Stream.Entry!.Name, state.Id, state.Head, offloaded, state.Tail, state.Sealed);
    }
}
