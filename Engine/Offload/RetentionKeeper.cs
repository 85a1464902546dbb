using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>Trims streams as their configuration asks for, durably and like anybody else; what is trimmed is not named by the next root. Safe for use by any number of threads.</summary>
internal sealed class RetentionKeeper(StoreAccess store, RootPages roots, TimeProvider time, ILogger logger)
{
    /// <summary>Applies it to one stream. Throws <see cref="Blobs.BlobStoreException"/> or <see cref="StoreFormatException"/> if its segments cannot be told.</summary>
    public async Task ApplyAsync(LogNodeStream stream, CancellationToken cancellationToken)
    {
        if (!stream.Entry.Config.HasRetention || roots.Find(stream.Id) is not { } root)
            return;

        var runs = await RunsAsync(root, cancellationToken);
        var records = runs is [.., var last] ? stream.Pipeline.RecordsFrom(last.End) : 0;
        var head = Retention.HeadFor(stream.Entry.Config, runs, records, stream.Pipeline.Uncut, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (head <= stream.Pipeline.Status.Head)
            return;

        try
        {
            await stream.Pipeline.OpenAsync(cancellationToken);
            await stream.TrimAsync(head, cancellationToken);
        }
        catch (LogException error)
        {
            // Deleted, damaged, or no room for the entry: the next turn tries again if there is anything left to do.
            logger.LogWarning(error, "Stream {Stream} could not be trimmed to {Head} by its retention", stream.Id, head);
        }
    }

    private async Task<SegmentRef[]> RunsAsync(RootEntry root, CancellationToken cancellationToken)
    {
        SegmentLookup part = (await store.ReadSnapshotAsync(root, cancellationToken)).Segments;
        var parts = new List<SegmentRef[]> { part.Refs.ToArray() };
        while (part.Older is { } section && section.End > root.Head)
        {
            part = await store.ReadSectionAsync(section, root.Id, cancellationToken);
            parts.Add(part.Refs.ToArray());
        }

        parts.Reverse();
        return [.. parts.SelectMany(static refs => refs)];
    }
}
