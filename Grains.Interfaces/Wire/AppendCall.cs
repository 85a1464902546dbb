namespace Orleans.Log.Grains.Wire;

/// <summary>A batch on its way to the grain of its stream. Immutable once it is sent.</summary>
/// <param name="stream">The stream it is for; null for whatever stands under the name.</param>
/// <param name="records">The batch.</param>
/// <param name="conditions">What must hold.</param>
/// <param name="order">Its place among the calls of its sender; null if it may stand anywhere among those that are on their way.</param>
[GenerateSerializer]
[Immutable]
[Alias("olog.append.v1")]
public sealed class AppendCall(StreamId? stream, RecordBlock records, AppendConditions conditions, SenderOrder? order = null)
{
    /// <summary>The stream it is for; null for whatever stands under the name.</summary>
    [Id(0)]
    public StreamId? Stream { get; } = stream;

    /// <summary>The batch.</summary>
    [Id(1)]
    public RecordBlock Records { get; } = records;

    /// <summary>What must hold.</summary>
    [Id(2)]
    public AppendConditions Conditions { get; } = conditions;

    /// <summary>Its place among the calls of its sender.</summary>
    [Id(3)]
    public SenderOrder? Order { get; } = order;
}
