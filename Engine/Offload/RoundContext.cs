using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>What the way to the store needs of its node.</summary>
internal sealed record RoundContext
{
    public required ReplicaId Self { get; init; }

    public required OffloadOptions Options { get; init; }

    public required OffloadSchedule Schedule { get; init; }

    public required WriteAheadLog Wal { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public required LogNodeInstruments Instruments { get; init; }

    /// <summary>Called for each stream that was published: where its oldest record stood in the WAL until now, and what is published.</summary>
    public required Action<StreamPipeline, WalPosition?, PackedSnapshot> Published { get; init; }

    public Action<OffloadStage>? Probe { get; init; }

    public OffloadSabotage Sabotage { get; init; }
}
