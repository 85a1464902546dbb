namespace Orleans.Log.Engine.Wal;

/// <summary>What an inspection found in a data directory.</summary>
/// <param name="Slots">The two control slots.</param>
/// <param name="NodeId">Identity of the node's data, if a slot can be read.</param>
/// <param name="WalId">Identity of the WAL, from a slot or else from a file's header.</param>
/// <param name="FileSizeMiB">Size of a WAL file; 0 if nothing says it.</param>
/// <param name="Checkpoint">The checkpoint that counts, if a slot can be read.</param>
/// <param name="Files">The WAL files that are there, by sequence.</param>
/// <param name="Refusal">Why a node would not start on this directory; null if it would.</param>
/// <param name="Blocks">Valid blocks.</param>
/// <param name="Marks">Those of them without records.</param>
/// <param name="Entries">Entries that verify.</param>
/// <param name="DamagedEntries">Acknowledged entries whose header holds and whose body does not.</param>
/// <param name="DamagedBlocks">Acknowledged blocks that do not verify.</param>
/// <param name="Damage">Ranges in which acknowledged records of unknown streams are lost.</param>
/// <param name="HeadersRepaired">Block headers with a single wrong bit, which cost nothing.</param>
/// <param name="UncertainBlocks">Blocks behind the end that were never acknowledged; a start would cut them.</param>
/// <param name="UncertainBytes">Their bytes.</param>
/// <param name="Tail">Where writing would go on.</param>
public sealed record WalInspection(
    IReadOnlyList<WalSlotInspection> Slots,
    Guid? NodeId,
    Guid? WalId,
    int FileSizeMiB,
    WalCheckpoint? Checkpoint,
    IReadOnlyList<WalFileInspection> Files,
    DataDirectoryException? Refusal,
    long Blocks,
    long Marks,
    long Entries,
    long DamagedEntries,
    long DamagedBlocks,
    IReadOnlyList<WalRange> Damage,
    int HeadersRepaired,
    int UncertainBlocks,
    long UncertainBytes,
    WalPosition? Tail)
{
    /// <summary>Nothing acknowledged is damaged, and a node would start.</summary>
    public bool IsHealthy => Refusal is null && DamagedEntries == 0 && DamagedBlocks == 0 && Damage.Count == 0;
}

/// <summary>One control slot.</summary>
/// <param name="Name">Its file.</param>
/// <param name="State">Whether it can be read.</param>
/// <param name="Sequence">Slot sequence, if it can; the version, if that is newer.</param>
/// <param name="Clean">The node was shut down cleanly when it was written.</param>
/// <param name="FirstFile">Oldest WAL file that counts.</param>
/// <param name="DurableThrough">A block sequence known durable.</param>
public sealed record WalSlotInspection(string Name, WalSlotState State, long Sequence, bool Clean, long FirstFile, long DurableThrough);

/// <summary>The answers of reading a control slot.</summary>
public enum WalSlotState
{
    /// <summary>There is no file.</summary>
    Empty,

    /// <summary>It can be read.</summary>
    Present,

    /// <summary>It is there and cannot be read.</summary>
    Unreadable,

    /// <summary>A newer version wrote it.</summary>
    NewerVersion,
}

/// <summary>One WAL file.</summary>
/// <param name="Sequence">File sequence, by its name.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="State">What its header says.</param>
/// <param name="Blocks">Valid blocks in it.</param>
/// <param name="Bytes">Their bytes, padding included.</param>
public sealed record WalFileInspection(long Sequence, long Length, WalFileState State, long Blocks, long Bytes);

/// <summary>What a WAL file's header says.</summary>
public enum WalFileState
{
    /// <summary>It belongs here.</summary>
    Ours,

    /// <summary>It cannot be read; its blocks can, because they carry their identity themselves.</summary>
    HeaderUnreadable,

    /// <summary>It belongs to another WAL, or to another place in this one.</summary>
    Foreign,

    /// <summary>It does not count any more; a start deletes it.</summary>
    Reclaimed,
}
