using System.Buffers;

namespace Orleans.Log.Engine.Metadata;

/// <summary>What a metadata store over blobs takes from its process. Checked when the store is made.</summary>
public sealed class BlobMetadataStoreOptions
{
    /// <summary>Most characters of a cluster's name.</summary>
    public const int MaxClusterLength = 48;

    private static readonly SearchValues<char> ClusterCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Whose values: 1 to <see cref="MaxClusterLength"/> characters of [A-Za-z0-9._-]. Clusters with different names may share a blob store and see nothing of each other.</summary>
    public required string Cluster { get; init; }

    /// <summary>Clock of pauses and of the time at which a value was written.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Shortest pause between two rounds of a watcher, taken after a round that found a change: more than zero, 1 s by default.</summary>
    public TimeSpan WatchPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause, reached by doubling while nothing changes or the store is unavailable: at least <see cref="WatchPause"/>, 5 s by default.</summary>
    public TimeSpan WatchPauseMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Makes the nonces of writes; random ids by default.</summary>
    internal Func<Guid> NewNonce { get; init; } = Guid.NewGuid;

    /// <summary>May a cluster have this name?</summary>
    public static bool IsClusterName(string? name) => name is { Length: > 0 and <= MaxClusterLength } && !name.AsSpan().ContainsAnyExcept(ClusterCharacters);

    internal void Validate()
    {
        if (!IsClusterName(Cluster))
            throw new ArgumentException($"The name of a cluster is 1 to {MaxClusterLength} characters of [A-Za-z0-9._-].", nameof(Cluster));

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(WatchPause, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(WatchPauseMax, WatchPause);
    }
}
