using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>Which streams keep WAL files, because of records that are not offloaded. Walks the streams when it is asked. Safe for use by any number of threads.</summary>
internal sealed class PinnedFiles(StreamCatalog catalog, WriteAheadLog wal, WalOptions options)
{
    /// <summary>Bytes of records that are in no published segment, about.</summary>
    public long LagBytes => catalog.Streams.Sum(static stream => stream.Pipeline.Unpublished);

    /// <summary>Files from the oldest one that is kept for records to the one that is written.</summary>
    public long Files => Oldest is { } oldest ? wal.End.File - oldest.Position.File + 1 : 0;

    /// <summary>The oldest record that is kept, and why it is not offloaded; null if there is none.</summary>
    public (StreamId Stream, WalPosition Position, string Reason)? Oldest
    {
        get
        {
            (LogNodeStream Stream, WalPosition Position)? oldest = null;
            foreach (var stream in catalog.Streams)
            {
                if (stream.Pipeline.OldestLive is { } place && (oldest is null || place < oldest.Value.Position))
                    oldest = (stream, place);
            }

            return oldest is { } found ? (found.Stream.Id, found.Position, found.Stream.IsDamaged ? "damaged" : "not offloaded") : null;
        }
    }

    /// <summary>If the WAL takes more than half of its budget: the streams whose oldest records stand in files that would have to go for it to take half. Those in the oldest files last, as each goes before the one before.</summary>
    public IReadOnlyList<StreamPipeline> UnderPressure()
    {
        if (options.DiskBudgetBytes == long.MaxValue || wal.SizeBytes <= options.DiskBudgetBytes / 2)
            return [];

        var keep = Math.Max(1, options.DiskBudgetBytes / 2 / wal.FileSize);
        return
        [
            .. catalog.Streams
                .Select(static stream => (stream.Pipeline, Place: stream.Pipeline.OldestLive))
                .Where(item => item.Place is { } place && place.File <= wal.End.File - keep)
                .OrderByDescending(static item => item.Place!.Value)
                .Select(static item => item.Pipeline),
        ];
    }
}
