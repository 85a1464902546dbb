using Orleans.Log.Engine.Inspection;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Cli.Doctor;

/// <summary>What is in a data directory; with --json exactly this.</summary>
internal sealed record DoctorResult
{
    /// <summary>The directory.</summary>
    public required string Directory { get; init; }

    /// <summary>Something that was acknowledged is lost or in doubt.</summary>
    public required bool Damaged { get; init; }

    /// <summary>Why a node would not start here; then only the log was looked at, and the streams are not known.</summary>
    public string? Refusal { get; init; }

    /// <summary>The node was shut down cleanly.</summary>
    public required bool CleanShutdown { get; init; }

    /// <summary>The checkpoint that the state was read from, verified against its digest; 0 = none.</summary>
    public required long CheckpointSequence { get; init; }

    /// <summary>WAL files, prepared ones included.</summary>
    public required int Files { get; init; }

    /// <summary>Valid blocks.</summary>
    public required long Blocks { get; init; }

    /// <summary>Their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Entries in them: batches, terms, commands.</summary>
    public required long Entries { get; init; }

    /// <summary>Records that can be read, over all streams.</summary>
    public required long Records { get; init; }

    /// <summary>Bytes behind the last valid block: never acknowledged, and cut off by the next start.</summary>
    public required long CutBytes { get; init; }

    /// <summary>Acknowledged entries whose content does not verify.</summary>
    public required long DamagedEntries { get; init; }

    /// <summary>Ranges of the WAL, as file:offset, in which acknowledged records are lost.</summary>
    public required IReadOnlyList<DamagedRange> Damage { get; init; }

    /// <summary>Damaged block or file headers that cost no record.</summary>
    public required int RepairedHeaders { get; init; }

    /// <summary>Streams of which there are records and that the catalog does not know.</summary>
    public required int UnknownStreams { get; init; }

    /// <summary>Why the catalog is not whole.</summary>
    public string? CatalogDamage { get; init; }

    /// <summary>What is wrong with the file that names the blob store of the directory.</summary>
    public string? BindingProblem { get; init; }

    /// <summary>Time that it took to read and verify everything.</summary>
    public required double Seconds { get; init; }

    /// <summary>The streams, in the order of their names.</summary>
    public required IReadOnlyList<DoctorStream> Streams { get; init; }

    /// <summary>A directory that a node would refuse: what can be read of its log all the same.</summary>
    public static DoctorResult Refused(string directory, string refusal, WalInspection wal, double seconds) => new()
    {
        Directory = directory,
        Damaged = true,
        Refusal = refusal,
        CleanShutdown = wal.Slots.MaxBy(slot => slot.Sequence) is { Clean: true },
        CheckpointSequence = 0,
        Files = wal.Files.Count,
        Blocks = wal.Blocks,
        Bytes = wal.Files.Sum(file => file.Bytes),
        Entries = wal.Entries,
        Records = 0,
        CutBytes = wal.UncertainBytes,
        DamagedEntries = wal.DamagedEntries,
        Damage = Ranges(wal.Damage),
        RepairedHeaders = wal.HeadersRepaired,
        UnknownStreams = 0,
        Seconds = seconds,
        Streams = [],
    };

    private static DamagedRange[] Ranges(IReadOnlyList<WalRange> ranges) =>
        [.. ranges.Select(range => new DamagedRange(range.From.ToString(), range.To.ToString()))];

    public static DoctorResult Of(string directory, NodeInspection found)
    {
        var (recovery, wal) = (found.Recovery, found.Recovery.Wal);
        return new DoctorResult
        {
            Directory = directory,
            Damaged = found.Damaged,
            CleanShutdown = wal.Clean,
            CheckpointSequence = recovery.CheckpointSequence,
            Files = wal.Files,
            Blocks = wal.Blocks,
            Bytes = wal.Bytes,
            Entries = wal.Entries,
            Records = found.Streams.Sum(stream => stream.Stream.Tail - stream.Stream.Head),
            CutBytes = wal.CutBytes,
            DamagedEntries = wal.DamagedEntries,
            Damage = Ranges(wal.Damage),
            RepairedHeaders = wal.HeadersRepairedFromContext,
            UnknownStreams = recovery.UnknownStreams,
            CatalogDamage = recovery.CatalogDamage,
            BindingProblem = found.BindingProblem,
            Seconds = Math.Round(recovery.Duration.TotalSeconds, 3),
            Streams = [.. found.Streams.Select(DoctorStream.Of)],
        };
    }
}

/// <summary>A range of the WAL.</summary>
internal sealed record DamagedRange(string From, string To);

/// <summary>One stream of an inspected directory.</summary>
internal sealed record DoctorStream
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required long Head { get; init; }

    public required long Tail { get; init; }

    public required long Bytes { get; init; }

    public required long Term { get; init; }

    public required bool Sealed { get; init; }

    public required bool Fenced { get; init; }

    /// <summary>A part of it is lost, or its end is not proved: it would take no appends.</summary>
    public required bool Damaged { get; init; }

    public long? LastTimestamp { get; init; }

    public static DoctorStream Of(InspectedStream inspected) => new()
    {
        Name = inspected.Stream.Name.Value,
        Id = inspected.Stream.Id.ToString(),
        Head = inspected.Stream.Head,
        Tail = inspected.Stream.Tail,
        Bytes = inspected.Stream.Bytes,
        Term = inspected.Stream.Term,
        Sealed = inspected.Stream.Sealed,
        Fenced = inspected.Stream.Fenced,
        Damaged = inspected.Damaged,
        LastTimestamp = inspected.Stream.LastTimestamp,
    };
}
