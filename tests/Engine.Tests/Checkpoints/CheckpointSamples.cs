using System.Collections.Immutable;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Checkpoints;

internal static class CheckpointSamples
{
    public const string File = "sample";

    public static CheckpointHeader Header { get; } =
        new(new Guid("00112233-4455-6677-8899-aabbccddeeff"), 7, new WalPosition(3, 8192), 1_795_000_000_000, 1_794_999_940_000);

    public static CheckpointStream CatalogStream { get; } = new(null, new StreamCheckpoint
    {
        Id = CatalogEntry.CatalogStream,
        AsOf = new WalPosition(3, 8192),
        LastEntry = 12,
        Term = 2,
        Generation = 1,
        Terms = new[] { new TermStart(2, 1, 0) },
    });

    public static CheckpointStream Rich { get; } = Stream("orders", 1) with
    {
        State = Stream("orders", 1).State with
        {
            Head = 100,
            Tail = 250,
            Offloaded = 180,
            LastEntry = 77,
            LastTimestamp = 1_794_999_999_999,
            Bytes = 12_345,
            Term = 4,
            Generation = 1,
            Terms = new[] { new TermStart(3, 1, 90), new TermStart(4, 1, 200) },
            Sealed = true,
            FencingToken = "schlüssel",
            Producers = new[]
            {
                new ProducerCheckpoint("p-1", 2, 41, 1_794_999_999_998, new[] { new ProducerResult(240, 4), new ProducerResult(244, 6) }),
            },
            Faulty = new[] { new LsnRange(110, 112) },
            Lost = new[] { new LsnRange(120, 130), new LsnRange(140, 141) },
            Suspect = true,
            Unpublished = true,
        },
    };

    public static CheckpointStream Stream(string name, int id) => new(
        new CatalogEntry(
            StreamName.Parse(name),
            new StreamId((UInt128)id),
            new StreamConfig { MaxRecordBytes = 4096, Labels = StreamConfig.Default.Labels.Add("team", "búho") },
            ConfigVersion: 3,
            CreatedAt: 1_794_000_000_000),
        new StreamCheckpoint { Id = new StreamId((UInt128)id), AsOf = new WalPosition(3, 12_288) });

    /// <summary>Writes a checkpoint and returns its bytes.</summary>
    public static byte[] Write(params IEnumerable<CheckpointStream> streams)
    {
        var disk = new SimulatedDisk();
        using (var file = disk.Create(File))
        using (var writer = new CheckpointWriter(file, Header))
        {
            foreach (var stream in streams)
                writer.Add(stream);

            writer.Complete();
        }

        return disk.Content(File);
    }

    public static IDiskFile Open(byte[] bytes)
    {
        var disk = new SimulatedDisk();
        using (var file = disk.Create(File))
            file.Write(0, bytes);

        return disk.Open(File, DiskAccess.Read);
    }

    /// <summary>Reads a checkpoint to its verified end.</summary>
    public static List<CheckpointStream> Read(byte[] bytes)
    {
        using var file = Open(bytes);
        using var reader = new CheckpointReader(file);
        var streams = new List<CheckpointStream>();
        while (reader.Next() is { } stream)
            streams.Add(stream);

        return streams;
    }
}
