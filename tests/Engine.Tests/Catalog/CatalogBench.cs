using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Replication;

namespace Orleans.Log.Engine.Tests.Catalog;

/// <summary>A catalog over a WAL in memory.</summary>
internal sealed class CatalogBench
{
    private int _ids;

    public CatalogBench()
    {
        var id = new ReplicaId(Guid.Empty, Guid.Empty);
        var node = new StreamNode(id, Wal, TimeProvider.System, new StreamBounds());
        var shared = new LogNodeShared(new LogNodeInstruments(meters: null, TimeProvider.System));
        Catalog = new StreamCatalog(
            id,
            Wal,
            TimeProvider.System,
            () => new StreamId((UInt128)(++_ids)),
            entry => new LogNodeStream(entry, new StreamPipeline(entry.Id, entry.Config, node), shared));
    }

    public JournalWal Wal { get; } = new();

    public StreamCatalog Catalog { get; }

    public ValueTask<(LogNodeStream Stream, bool Created)> Ensure(
        string name, StreamConfigPatch? patch = null, EnsureCondition condition = default) =>
        Catalog.EnsureAsync(StreamName.Parse(name), patch ?? new StreamConfigPatch(), condition, id: null, CancellationToken.None);

    public ValueTask<bool> Delete(string name) => Catalog.DeleteAsync(StreamName.Parse(name), CancellationToken.None);

    public async Task<string[]> Names(string prefix = "", string after = "", int limit = 100) =>
        [.. (await Catalog.ListAsync(prefix, after, limit)).Select(stream => stream.Name.Value)];

    /// <summary>A catalog recovered from the entries of this one's WAL, except those left out.</summary>
    public CatalogBench Recovered(params int[] lost)
    {
        var next = new CatalogBench();
        var entries = Wal.Entries;
        for (var i = 0; i < entries.Count; i++)
        {
            if (!lost.Contains(i))
                next.Catalog.Replay(entries[i].Position, entries[i].Entry, entries[i].Body);
        }

        foreach (var recovering in next.Catalog.Recovering)
            recovering.Stream.Pipeline.CompleteRecovery();

        next.Catalog.CompleteRecovery();
        next._ids = 1000;
        return next;
    }
}
