using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>A WAL file that is written or ready to be written.</summary>
internal sealed class WalFile(long sequence, IDiskFile device, WalPlace place) : IDisposable
{
    /// <summary>File sequence.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Where blocks are written to.</summary>
    public IDiskFile Device { get; } = device;

    /// <summary>What the checksums of its records start from.</summary>
    public WalPlace Place { get; } = place;

    /// <inheritdoc/>
    public void Dispose() => Device.Dispose();
}
