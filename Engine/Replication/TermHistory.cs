using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Replication;

/// <summary>
/// Where each term of a stream started, ascending. Terms that wrote nothing are collapsed: of several that start at the same LSN only the
/// newest is kept, since no record tells them apart. So the history is never longer than the stream's records plus one, and it
/// shrinks as the stream is trimmed. Guarded by the stream's lock.
/// </summary>
internal sealed class TermHistory
{
    private TermStart[] _terms = [];

    /// <summary>The terms.</summary>
    public IReadOnlyList<TermStart> Terms => _terms;

    /// <summary>Takes the terms of a checkpoint.</summary>
    public void Restore(IReadOnlyList<TermStart> terms) => _terms = [.. terms];

    /// <summary>Adds a term that starts at the tail.</summary>
    public void Add(TermStart term) =>
        _terms = _terms is [.. var earlier, var last] && last.Start == term.Start ? [.. earlier, term] : [.. _terms, term];

    /// <summary>Forgets the terms that ended at or below the head.</summary>
    public void TrimTo(long head)
    {
        var ended = 0;
        while (ended + 1 < _terms.Length && _terms[ended + 1].Start <= head)
            ended++;

        if (ended > 0)
            _terms = _terms[ended..];
    }
}
