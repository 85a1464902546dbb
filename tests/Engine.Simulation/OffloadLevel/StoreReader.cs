using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>Reads a store the long way, through nothing but the formats: what a root names, all of it.</summary>
internal static class StoreReader
{
    public static async Task<StoreAccess> OpenAsync(IBlobStore blobs)
    {
        var header = await StoreAccess.FindAsync(blobs, StoreHeader.Name, StoreHeader.Length, CancellationToken.None);
        return new StoreAccess(blobs, StoreHeader.Read(header!.Value.Content).Store, TimeProvider.System);
    }

    /// <summary>The root of the stream of a name, or null.</summary>
    public static async Task<RootEntry?> RootAsync(IBlobStore blobs, string name)
    {
        var store = await OpenAsync(blobs);
        for (var number = 0; number < RootPage.Count; number++)
        {
            var page = await store.ReadPageAsync(number, CancellationToken.None);
            if (page.Page.Entries.FirstOrDefault(root => root.Name.Value == name) is { } root)
                return root;
        }

        return null;
    }

    /// <summary>What is published of a stream: its snapshot, and the text of every record at or above its head.</summary>
    public static async Task<(Snapshot Snapshot, string[] Texts)> ReadAsync(IBlobStore blobs, string name)
    {
        var root = await RootAsync(blobs, name) ?? throw new InvalidOperationException($"{name} is not published.");
        var snapshot = await (await OpenAsync(blobs)).ReadSnapshotAsync(root, CancellationToken.None);
        var records = await RecordsAsync(blobs, root);
        records.Select(static record => record.Lsn).ShouldBe(Enumerable.Range(0, (int)(root.Offloaded - root.Head)).Select(i => root.Head + i));
        return (snapshot, [.. records.Select(static record => record.Text)]);
    }

    /// <summary>The text of every record at or above the head that a root names, ascending.</summary>
    public static async Task<List<(long Lsn, string Text)>> RecordsAsync(IBlobStore blobs, RootEntry root) =>
        [.. (await ContentsAsync(blobs, root)).Select(static item => (item.Lsn, Encoding.UTF8.GetString(item.Payload)))];

    /// <summary>Every record at or above the head that a root names, ascending.</summary>
    public static async Task<List<StoredRecord>> ContentsAsync(IBlobStore blobs, RootEntry root)
    {
        var store = await OpenAsync(blobs);
        SegmentLookup part = (await store.ReadSnapshotAsync(root, CancellationToken.None)).Segments;
        var runs = new List<SegmentRef>(part.Refs.ToArray());
        while (part.Older is { } section && section.End > root.Head)
        {
            part = await store.ReadSectionAsync(section, root.Id, CancellationToken.None);
            runs.InsertRange(0, part.Refs.ToArray());
        }

        var records = new List<StoredRecord>();
        foreach (var run in runs.Where(run => run.End > root.Head))
            records.AddRange((await ReadAsync(store, root.Id, run)).Where(record => record.Lsn >= root.Head));

        return records;
    }

    private static async Task<List<StoredRecord>> ReadAsync(StoreAccess store, StreamId stream, SegmentRef run)
    {
        var bytes = new byte[run.Length];
        (await store.Blobs.ReadAsync(run.Blob.Segment, run.Offset, bytes)).Count.ShouldBe(bytes.Length);
        var table = RunTable.Read(bytes, store.Id, stream, run);
        var records = new List<StoredRecord>();
        for (var i = 0; i < table.Blocks.Length; i++)
        {
            var block = bytes.AsSpan(table.Length + table.Blocks[i].Offset, table.Blocks[i].Length);
            var batches = table.Batches(i, block);
            while (batches.MoveNext())
            {
                var frames = new AppendFrames(batches.Entry, batches.Body);
                while (frames.MoveNext())
                    records.Add(RecordOf(frames));
            }
        }

        return records;
    }

    // A record of the suites has one header, of a name of one byte.
    private static StoredRecord RecordOf(in AppendFrames frame) => new(
        frame.Lsn,
        frame.Content[frame.HeadersLength..].ToArray(),
        frame.HeadersLength == 0 ? null : Encoding.UTF8.GetString(frame.Content[(RecordHeader.OverheadBytes + 1)..frame.HeadersLength]),
        frame.Timestamp);
}

/// <summary>A record in a segment.</summary>
/// <param name="Lsn">Its position.</param>
/// <param name="Payload">Its payload.</param>
/// <param name="Header">Value of its header, if it has one.</param>
/// <param name="Timestamp">Its time.</param>
internal sealed record StoredRecord(long Lsn, byte[] Payload, string? Header, long Timestamp);
