namespace Orleans.Log.Grains.Wire;

// What operators see of a cluster.

/// <summary>Wire form of a <see cref="ClusterDescription"/>.</summary>
[GenerateSerializer, Alias("olog.cluster.v1")]
internal struct ClusterDescriptionWire
{
    /// <summary>See <see cref="ClusterDescription.Id"/>.</summary>
    [Id(0)]
    public string? Id;

    /// <summary>See <see cref="ClusterDescription.Members"/>.</summary>
    [Id(1)]
    public List<MemberDescription> Members;

    /// <summary>See <see cref="ClusterDescription.Nodes"/>.</summary>
    [Id(2)]
    public List<NodeDescription> Nodes;
}

/// <summary>Wire form of a <see cref="MemberDescription"/>.</summary>
[GenerateSerializer, Alias("olog.member.v1")]
internal struct MemberDescriptionWire
{
    /// <summary>See <see cref="MemberDescription.Address"/>.</summary>
    [Id(0)]
    public string Address;

    /// <summary>See <see cref="MemberDescription.Name"/>.</summary>
    [Id(1)]
    public string Name;

    /// <summary>See <see cref="MemberDescription.State"/>.</summary>
    [Id(2)]
    public string State;
}

/// <summary>Wire form of a <see cref="NodeDescription"/>.</summary>
[GenerateSerializer, Alias("olog.node_description.v1")]
internal struct NodeDescriptionWire
{
    /// <summary>See <see cref="NodeDescription.Id"/>.</summary>
    [Id(0)]
    public Guid Id;

    /// <summary>See <see cref="NodeDescription.WalId"/>.</summary>
    [Id(1)]
    public Guid WalId;

    /// <summary>See <see cref="NodeDescription.State"/>.</summary>
    [Id(2)]
    public int State;

    /// <summary>See <see cref="NodeDescription.Member"/>.</summary>
    [Id(3)]
    public string? Member;

    /// <summary>See <see cref="NodeDescription.SeenAt"/>.</summary>
    [Id(4)]
    public DateTimeOffset SeenAt;

    /// <summary>See <see cref="NodeDescription.Streams"/>.</summary>
    [Id(5)]
    public long Streams;

    /// <summary>See <see cref="NodeDescription.WalBytes"/>.</summary>
    [Id(6)]
    public long WalBytes;

    /// <summary>See <see cref="NodeDescription.WalBudgetBytes"/>.</summary>
    [Id(7)]
    public long? WalBudgetBytes;

    /// <summary>See <see cref="NodeDescription.LagBytes"/>.</summary>
    [Id(8)]
    public long? LagBytes;

    /// <summary>See <see cref="NodeDescription.Lag"/>.</summary>
    [Id(9)]
    public TimeSpan? Lag;
}

[RegisterConverter]
internal sealed class ClusterDescriptionConverter : IConverter<ClusterDescription, ClusterDescriptionWire>
{
    public ClusterDescription ConvertFromSurrogate(in ClusterDescriptionWire wire) => new(wire.Id, wire.Members, wire.Nodes);

    public ClusterDescriptionWire ConvertToSurrogate(in ClusterDescription value) => new() { Id = value.Id, Members = [.. value.Members], Nodes = [.. value.Nodes] };
}

[RegisterConverter]
internal sealed class MemberDescriptionConverter : IConverter<MemberDescription, MemberDescriptionWire>
{
    public MemberDescription ConvertFromSurrogate(in MemberDescriptionWire wire) => new(wire.Address, wire.Name, wire.State);

    public MemberDescriptionWire ConvertToSurrogate(in MemberDescription value) => new() { Address = value.Address, Name = value.Name, State = value.State };
}

[RegisterConverter]
internal sealed class NodeDescriptionConverter : IConverter<NodeDescription, NodeDescriptionWire>
{
    public NodeDescription ConvertFromSurrogate(in NodeDescriptionWire wire) => new(
        wire.Id, wire.WalId, (NodeCondition)wire.State, wire.Member, wire.SeenAt, wire.Streams, wire.WalBytes, wire.WalBudgetBytes, wire.LagBytes, wire.Lag);

    public NodeDescriptionWire ConvertToSurrogate(in NodeDescription value) => new()
    {
        Id = value.Id,
        WalId = value.WalId,
        State = (int)value.State,
        Member = value.Member,
        SeenAt = value.SeenAt,
        Streams = value.Streams,
        WalBytes = value.WalBytes,
        WalBudgetBytes = value.WalBudgetBytes,
        LagBytes = value.LagBytes,
        Lag = value.Lag,
    };
}
