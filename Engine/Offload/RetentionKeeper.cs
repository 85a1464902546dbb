using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Trims streams as their configuration asks for, durably and like anybody else; what is trimmed is not named by the next root. A record's age counts from the later of
/// its timestamp and its arrival. For the arrival stands the writing of its segment, which comes after it. Safe for use by any number of threads.
/// </summary>
internal sealed class RetentionKeeper(StoreAccess store, RootPages roots, LogClock clock, ILogger logger)
{
    /// <summary>Applies it to one stream. Throws <see cref="Blobs.BlobStoreException"/> or <see cref="StoreFormatException"/> if its segments cannot be told.</summary>
    public async Task ApplyAsync(LogNodeStream stream, CancellationToken cancellationToken)
    {
        var config = stream.Entry.Config;
        if (!config.HasRetention || roots.Find(stream.Id) is not { } root)
            return;

        var runs = await RunsAsync(root, cancellationToken);
        var records = runs is [.., var last] ? stream.Pipeline.RecordsFrom(last.End) : 0;
        var count = Retention.BeyondSize(config, runs, records, stream.Pipeline.Uncut);
        if (config.RetentionAge is { } age)
            count = Math.Max(count, await OlderAsync(stream, runs, clock.Now - (long)age.TotalMilliseconds, root.Head, cancellationToken));

        var head = count > 0 ? runs[count - 1].End : 0;
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

    /// <summary>
    /// How many of the segments hold only records that were stamped and written before a time. Segments of a stream are written in its order, so a few headers are enough;
    /// those below the head may be gone.
    /// </summary>
    private async Task<int> OlderAsync(LogNodeStream stream, SegmentRef[] runs, long time, long head, CancellationToken cancellationToken)
    {
        var (low, high) = (Array.FindIndex(runs, run => run.End > head), Retention.StampedBefore(runs, time));
        if (low < 0)
            return 0;

        try
        {
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                if (await store.SegmentWrittenAtAsync(runs[middle - 1].Blob, cancellationToken) < time)
                    low = middle;
                else
                    high = middle - 1;
            }

            return low;
        }
        catch (StoreFormatException error)
        {
            // Nobody can tell how old it is. Its stream keeps everything, and the others are not held up.
            logger.LogWarning(error, "Stream {Stream} is not trimmed by age, because a segment of it is damaged", stream.Id);
            return 0;
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
