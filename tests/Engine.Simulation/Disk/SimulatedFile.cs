using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>An open file: stays bound to its inode whatever happens to the name.</summary>
internal sealed class SimulatedFile(SimulatedDisk disk, Inode inode, string name, DiskAccess access) : IDiskFile
{
    private const int Alignment = 4096;
    private bool _closed;

    public Inode Inode => inode;

    public string Name => name;

    public DiskAccess Access => access;

    /// <inheritdoc/>
    public long Length => disk.LengthOf(inode);

    /// <inheritdoc/>
    public bool WritesAreDurable => access == DiskAccess.WriteDurable;

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (access is DiskAccess.Read or DiskAccess.ReadDevice)
            throw new DiskException(DiskFailure.Denied, $"'{name}' is open for reading.");

        if (access is DiskAccess.WriteDurable or DiskAccess.WriteDirect && (offset % Alignment != 0 || bytes.Length % Alignment != 0))
            throw new DiskException(DiskFailure.Io, $"Not aligned: {bytes.Length} bytes at {offset}.", errorNumber: 22);

        if (bytes.Length > 0)
            disk.Write(this, offset, bytes);
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return disk.Read(this, offset, buffer);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        disk.Flush(this);
    }

    /// <inheritdoc/>
    public void Dispose() => _closed = true;
}
