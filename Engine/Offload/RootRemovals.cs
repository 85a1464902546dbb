using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>Roots of deleted streams that have to go. Lost with the process, and found again at the next start. Safe for use by any number of threads.</summary>
internal sealed class RootRemovals(RootPages roots, IEnumerable<StreamId> known, Action<OffloadStage>? probe)
{
    private readonly Lock _gate = new();
    private readonly HashSet<StreamId> _waiting = [.. known];

    /// <summary>Is there any?</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
                return _waiting.Count > 0;
        }
    }

    /// <summary>Another one.</summary>
    public void Add(StreamId stream)
    {
        lock (_gate)
            _waiting.Add(stream);
    }

    /// <summary>Takes them out of their pages, one write for each page. Throws what <see cref="RootPages.ChangeAsync"/> throws; what is left is tried again by the next call.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<StreamId> waiting;
        lock (_gate)
            waiting = [.. _waiting];

        foreach (var page in waiting.GroupBy(RootPage.NumberOf))
        {
            probe?.Invoke(OffloadStage.RemoveRoot);
            await roots.ChangeAsync(page.Key, [.. page.Select(RootChange.Remove)], cancellationToken);
            lock (_gate)
                _waiting.ExceptWith(page);
        }
    }
}
