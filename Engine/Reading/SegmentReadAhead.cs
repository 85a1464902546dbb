using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Fetches what a reader that goes forward will want next. What fails here is met again by the reader, who says so. Safe for use by any number of threads.
/// </summary>
internal sealed class SegmentReadAhead(SegmentMaps maps, SegmentRuns runs, int bytes)
{
    /// <summary>Most readers that are served at once: further ones fetch for themselves.</summary>
    private const int Readers = 32;

    /// <summary>Most segments looked into for one reader: small ones take a call each, however little comes with it.</summary>
    private const int MostRuns = 32;

    private int _readers;

    /// <summary>A page ended at an LSN. Returns at once.</summary>
    public void Begin(Guid storeId, SegmentMap map, long next)
    {
        if (bytes == 0 || next >= map.Segments.End)
            return;

        if (Interlocked.Increment(ref _readers) <= Readers)
            _ = FetchAsync(storeId, map, next);
        else
            Interlocked.Decrement(ref _readers);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever failed, the reader meets it when it comes there.")]
    private async Task FetchAsync(Guid storeId, SegmentMap map, long next)
    {
        try
        {
            var under = new List<Task>();
            long ahead = 0;
            for (var i = 0; i < MostRuns && ahead < bytes; i++)
            {
                var hit = await maps.FindAsync(map, next, CancellationToken.None);
                if (hit.Kind != Segments.SegmentHitKind.Run)
                    break;

                var layout = await runs.LayoutAsync(storeId, map.Stream, hit.Run, withFirst: next <= hit.Run.First, CancellationToken.None);
                for (var extent = layout.ExtentOf(layout.Table.FindByLsn(next)); extent < layout.Extents && ahead < bytes; extent++)
                {
                    ahead += layout.RangeOf(extent).Length;
                    if (!runs.Knows(layout, extent))
                        under.Add(FetchAsync(layout, extent));
                }

                next = hit.Run.End;
            }

            await Task.WhenAll(under);
        }
        catch (Exception)
        {
            // See above.
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private async Task FetchAsync(RunLayout layout, int extent) => (await runs.ExtentAsync(layout, extent, CancellationToken.None)).Release();
}
