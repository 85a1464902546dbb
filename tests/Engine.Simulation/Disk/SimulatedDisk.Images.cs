namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>Disks made from this one: what another process finds, and damage done to what is at rest.</summary>
internal sealed partial class SimulatedDisk
{
    /// <summary>The disk as a crash of the machine at this moment may leave it; a snapshot, independent of what happens next.</summary>
    public CrashPoint Capture()
    {
        lock (_lock)
            return new CrashPoint(CloneTree());
    }

    /// <summary>The disk as the next process finds it when this one died and the machine did not: the cache is still there, flushed or not.</summary>
    public SimulatedDisk AfterProcessDeath()
    {
        lock (_lock)
            return new SimulatedDisk(CloneTree()) { SupportsDurableWrites = SupportsDurableWrites, Capacity = Capacity };
    }

    /// <summary>Names of all files with their lengths, in ordinal order.</summary>
    public IReadOnlyList<(string Name, long Length)> Files()
    {
        lock (_lock)
            return [.. _tree.Entries.Where(entry => entry.Value is not null).Select(entry => (entry.Key, entry.Value!.Length))];
    }

    /// <summary>The content of a file as callers see it.</summary>
    public byte[] Content(string name)
    {
        lock (_lock)
        {
            var inode = Require(name);
            var bytes = new byte[inode.Length];
            inode.Read(0, bytes);
            return bytes;
        }
    }

    /// <summary>Bit rot.</summary>
    public void FlipBit(string name, long offset, int bit)
    {
        lock (_lock)
        {
            var inode = Require(name);
            var one = new byte[1];
            inode.Read(offset, one);
            one[0] ^= (byte)(1 << bit);
            inode.Damage(offset, one);
        }
    }

    /// <summary>Replaces bytes at rest, behind the file system's back.</summary>
    public void Overwrite(string name, long offset, byte[] bytes)
    {
        lock (_lock)
            Require(name).Damage(offset, bytes);
    }

    /// <summary>Cuts a file at rest to a length, behind the file system's back.</summary>
    public void Truncate(string name, long length)
    {
        lock (_lock)
            Require(name).Truncate(length);
    }

    internal static SimulatedDisk Over(DirectoryTree tree) => new(tree);

    private DirectoryTree CloneTree() => _tree.Clone(_tree.Inodes().ToDictionary(inode => inode, inode => inode.Clone()));
}
