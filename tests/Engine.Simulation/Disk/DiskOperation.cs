namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>What a caller asked of the disk.</summary>
public enum DiskCall
{
    CreateDirectory,
    Create,
    Open,
    Rename,
    Delete,
    FlushDirectory,
    Read,
    Write,
    Flush,
}

/// <summary>One call to the disk, numbered from 1.</summary>
/// <param name="Number">Its number, and the number of its write.</param>
/// <param name="Call">What was asked.</param>
/// <param name="Name">The file, by the name under which it was opened.</param>
/// <param name="Offset">Where, for reads and writes.</param>
/// <param name="Length">How much, for reads and writes.</param>
/// <param name="UnderWay">The call has begun and not returned: of what it writes any part may be on the device.</param>
internal readonly record struct DiskOperation(long Number, DiskCall Call, string Name, long Offset, int Length, bool UnderWay);
