using System.Security.Cryptography;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Blobs;

/// <summary>What a store of files takes from its process.</summary>
public sealed class FileBlobStoreHost
{
    /// <summary>The directory that is the store's own, and no other program's.</summary>
    public required IDisk Disk { get; init; }

    /// <summary>Clock of the pauses between two attempts to get a lock that another process holds.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Random numbers, for marks and for the name under which this process writes.</summary>
    public Func<ulong> NewNumber { get; init; } = static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>How long a write waits for other processes before it gives up: 0 to 1 h, 30 s by default. They hold a lock for a rename and a flush.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Everything on the caller's thread, for a simulation that has no other.</summary>
    internal bool OnCallersThread { get; init; }
}
