using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Tests.Offload;

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
        var store = await OpenAsync(blobs);
        var root = await RootAsync(blobs, name) ?? throw new InvalidOperationException($"{name} is not published.");
        var snapshot = await store.ReadSnapshotAsync(root, CancellationToken.None);
        var runs = new List<SegmentRef>(snapshot.Segments.Refs.ToArray());
        for (var older = snapshot.Segments.Older; older is { } section;)
        {
            var read = await store.ReadSectionAsync(section, root.Id, CancellationToken.None);
            runs.InsertRange(0, read.Refs.ToArray());
            older = read.Older;
        }

        var texts = new List<string>();
        var next = root.Head;
        foreach (var run in runs.Where(run => run.End > root.Head))
        {
            foreach (var (lsn, text) in await ReadAsync(store, root.Id, run))
            {
                if (lsn < next)
                    continue;

                lsn.ShouldBe(next++);
                texts.Add(text);
            }
        }

        next.ShouldBe(root.Offloaded);
        return (snapshot, [.. texts]);
    }

    private static async Task<List<(long Lsn, string Text)>> ReadAsync(StoreAccess store, StreamId stream, SegmentRef run)
    {
        var bytes = new byte[run.Length];
        (await store.Blobs.ReadAsync(run.Blob.Segment, run.Offset, bytes)).Count.ShouldBe(bytes.Length);
        var table = RunTable.Read(bytes, store.Id, stream, run);
        var records = new List<(long, string)>();
        for (var i = 0; i < table.Blocks.Length; i++)
        {
            var block = bytes.AsSpan(table.Length + table.Blocks[i].Offset, table.Blocks[i].Length);
            var batches = table.Batches(i, block);
            while (batches.MoveNext())
            {
                var frames = new AppendFrames(batches.Entry, batches.Body);
                while (frames.MoveNext())
                    records.Add((frames.Lsn, Encoding.UTF8.GetString(frames.Content[frames.HeadersLength..])));
            }
        }

        return records;
    }
}
