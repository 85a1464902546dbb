namespace Orleans.Log.Cli.Bench;

/// <summary>What a run drives. Made, prepared once, then used by all clients at once.</summary>
internal interface IBenchTarget : IAsyncDisposable
{
    /// <summary>Makes the streams; called once, before any client is made.</summary>
    ValueTask PrepareAsync(CancellationToken cancellationToken);

    /// <summary>A client; each is used by one loop.</summary>
    ValueTask<IBenchClient> CreateClientAsync(int index, CancellationToken cancellationToken);

    /// <summary>Trims a stream so that about so many of its newest records stay. May do nothing when the target refuses it for now.</summary>
    ValueTask TrimAsync(int stream, long keep, CancellationToken cancellationToken);

    /// <summary>What an acknowledgement of this target stands for, with the counters that show it.</summary>
    ValueTask<DurabilityReading> ReadDurabilityAsync(CancellationToken cancellationToken);
}

/// <summary>One client of a run.</summary>
internal interface IBenchClient : IAsyncDisposable
{
    /// <summary>
    /// Appends one batch to the client's next stream. Several may be outstanding. The task ends when the batch is acknowledged; if it was
    /// refused without effect and may be sent again, it fails with an exception for which <see cref="IsRefusal"/> is true.
    /// </summary>
    ValueTask<AppendResult> AppendAsync();

    /// <summary>Is that a refusal that counts as such, and not the end of the run?</summary>
    bool IsRefusal(Exception exception);
}

/// <summary>How the target makes appends durable, and its counters at one moment.</summary>
/// <param name="Method">How a write is made durable, as the node says.</param>
/// <param name="Flushes">Blocks written and made durable by the node since it started; null if it does not say.</param>
/// <param name="DeviceFlushes">Flushes that the block device under the data directory has done; null if unknown.</param>
internal readonly record struct DurabilityReading(string Method, long? Flushes, long? DeviceFlushes);
