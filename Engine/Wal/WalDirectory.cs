using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>The WAL files of a data directory, checked before anything is read from them.</summary>
internal static class WalDirectory
{
    private static readonly string[] OurDirectories = [WalFileName.Directory, "checkpoint"];

    // What a node keeps for itself beside its slots and its log (docs/FORMAT.md §1).
    private static readonly string[] OurFiles = ["store", "cluster"];

    // May be in a directory that is empty: what a node may lose at any time, and what file systems put into their roots.
    private static readonly string[] NobodysDirectories = ["cache", "lost+found"];

    /// <summary>Name of the lock.</summary>
    public const string Lock = "lock";

    /// <summary>Creates what a formatted directory has; nothing is durable yet.</summary>
    public static void Create(IDisk disk, WalSabotage sabotage)
    {
        foreach (var directory in OurDirectories)
            disk.CreateDirectory(directory);

        if (!sabotage.Has(WalSabotage.SkipDirectoryFlush))
            disk.FlushDirectory(string.Empty);
    }

    /// <summary>Refuses a directory without a pair of control slots that holds remains of a node, or anything foreign.</summary>
    public static void RequireEmpty(IDisk disk)
    {
        if (RefusalOf(disk) is { } refusal)
            throw refusal;
    }

    /// <summary>
    /// The same for a directory without any control slot, before the lock is taken, which would leave a file in it. A node that another
    /// process formats meanwhile has a control slot before it has anything that is refused without one, so the slots are looked for last.
    /// </summary>
    public static void RequireSlotsOrEmpty(IDisk disk)
    {
        if (RefusalOf(disk) is { } refusal && !ControlFile.SlotNames.Any(disk.Exists))
            throw refusal;
    }

    /// <summary>Sequences of the files that are there, in order.</summary>
    public static List<long> List(IDisk disk)
    {
        var sequences = new List<long>();
        foreach (var name in disk.List(WalFileName.Directory))
        {
            if (WalFileName.TryParse(name, out var sequence))
                sequences.Add(sequence);
        }

        sequences.Sort();
        return sequences;
    }

    /// <summary>
    /// Returns the last WAL file; 0 if there is none and need not be. Throws <see cref="DataDirectoryException"/> for a foreign file, and for files that are
    /// missing or shorter than a WAL file, naming them: a file has its full size before it has its name, so no crash leaves one behind.
    /// </summary>
    public static long RequireWhole(IDisk disk, ControlSlot control, out int badHeaders)
    {
        badHeaders = 0;
        var damage = new WalFileDamage(control);
        var expected = control.FirstFile;
        foreach (var sequence in List(disk).Where(sequence => sequence >= control.FirstFile))
        {
            damage.Missing(expected, sequence - 1);
            if (!RequireOurs(disk, control, sequence))
                badHeaders++;

            damage.Measure(sequence, LengthOf(disk, sequence));
            expected = sequence + 1;
        }

        // What the slot says is needed although no file of it may be left to tell.
        damage.Missing(expected, Math.Max(control.LastFile, control is { DurableThrough: 0, FirstFile: 1 } ? 0 : control.FirstFile));
        damage.ThrowIfAny();
        return expected == control.FirstFile ? 0 : expected - 1;
    }

    /// <summary>The header sector of a file, if its checksum holds.</summary>
    public static bool TryReadHeader(IDisk disk, long sequence, out WalFileHeader header, out int version)
    {
        var sector = new AlignedBuffer(WalFormat.SectorBytes);
        using var file = disk.Open(WalFileName.Of(sequence), DiskAccess.ReadDevice);
        var length = file.ReadFully(0, sector.Span);
        return WalFileHeader.TryRead(sector.Span[..length], out header, out version);
    }

    /// <summary>The header of the first block of a file, if it holds.</summary>
    public static bool TryReadFirstBlock(IDisk disk, ControlSlot control, long sequence, out BlockHeader header)
    {
        var sector = new AlignedBuffer(WalFormat.SectorBytes);
        using var file = disk.Open(WalFileName.Of(sequence), DiskAccess.ReadDevice);
        var length = file.ReadFully(WalFormat.SectorBytes, sector.Span);
        header = default;
        return length == sector.Length
            && BlockHeader.TryRead(sector.Span, out header, out _)
            && header.IsAt(control.WalId, sequence, WalFormat.SectorBytes, (long)control.FileSizeMiB * WalFormat.MiB);
    }

    // False if the header cannot be read: blocks carry WAL id and file sequence themselves, so nothing is lost by it.
    private static bool RequireOurs(IDisk disk, ControlSlot control, long sequence)
    {
        if (!TryReadHeader(disk, sequence, out var header, out var version))
            return false;

        if (version > WalFormat.Version)
        {
            throw new DataDirectoryException(
                DataDirectoryProblem.NewerVersion,
                $"WAL file '{WalFileName.Of(sequence)}' has version {version}; this program knows version {WalFormat.Version}.");
        }

        if (header != new WalFileHeader(control.FileSizeMiB, control.WalId, sequence))
        {
            throw new DataDirectoryException(
                DataDirectoryProblem.ForeignFile,
                $"WAL file '{WalFileName.Of(sequence)}' says that it is file {header.Sequence} of WAL {header.WalId}, of {header.FileSizeMiB} MiB; "
                + $"this is WAL {control.WalId} with files of {control.FileSizeMiB} MiB.");
        }

        return true;
    }

    private static long LengthOf(IDisk disk, long sequence)
    {
        using var file = disk.Open(WalFileName.Of(sequence), DiskAccess.Read);
        return file.Length;
    }

    private static DataDirectoryException? RefusalOf(IDisk disk)
    {
        if (Remains(disk) is { } remains)
        {
            return new DataDirectoryException(
                DataDirectoryProblem.UnreadableControlSlot,
                $"The directory of a node has lost {Quoted(ControlFile.SlotNames.Where(name => !disk.Exists(name)))} and holds '{remains}'. "
                + "Without its control slots it is not known what counts in it. Bring them back from a copy of the directory, or restore the "
                + "node from its blob store into an empty one.");
        }

        return Foreign(disk) is not { } foreign ? null : new DataDirectoryException(
            DataDirectoryProblem.NotOurs,
            $"The directory holds '{foreign}' but no control slots of a node. A new node starts in an empty directory.");
    }

    private static string? Foreign(IDisk disk) =>
        disk.List(string.Empty).FirstOrDefault(static name => name != Lock && !ControlFile.Owns(name))
        ?? disk.ListDirectories(string.Empty)
            .Except(OurDirectories)
            .Except(NobodysDirectories)
            .FirstOrDefault(static name => name[0] != '.');

    // Formatting makes the slots before any of this, and nothing takes them away.
    private static string? Remains(IDisk disk) =>
        OurDirectories.SelectMany(directory => disk.List(directory).Select(name => $"{directory}/{name}")).FirstOrDefault()
        ?? OurFiles.FirstOrDefault(disk.Exists);

    private static string Quoted(IEnumerable<string> names) => string.Join(" and ", names.Select(static name => $"'{name}'"));
}
