namespace Orleans.Log.Api.Contracts;

/// <summary>Who holds the streams: a cluster, or one node that is in none.</summary>
public sealed record ClusterBody
{
    /// <summary>Name of the cluster; absent if there is none.</summary>
    public string? Id { get; init; }

    /// <summary>Its processes, by their addresses.</summary>
    public required IReadOnlyList<MemberBody> Members { get; init; }

    /// <summary>The nodes, those that are away included, by their ids.</summary>
    public required IReadOnlyList<NodeBody> Nodes { get; init; }
}

/// <summary>One process of a cluster.</summary>
public sealed record MemberBody
{
    /// <summary>Its address; a process that is started again has another.</summary>
    public required string Address { get; init; }

    /// <summary>Its name, for people.</summary>
    public required string Name { get; init; }

    /// <summary>What the membership says of it, for example <c>active</c>.</summary>
    public required string State { get; init; }
}

/// <summary>A node: an engine with its data directory, whatever process it is in.</summary>
public sealed record NodeBody
{
    /// <summary>Its identity, which is the directory's: 32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Identity of the write-ahead log in it.</summary>
    public required string WalId { get; init; }

    /// <summary><c>ready</c>, <c>not_ready</c>, <c>stopped</c>, <c>away</c> or <c>replaced</c>.</summary>
    public required string State { get; init; }

    /// <summary>Address of the process that it is in, or was in last; absent outside of a cluster.</summary>
    public string? Member { get; init; }

    /// <summary>When it last gave a sign of life, by its own clock. What follows was so then.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>Number of its streams.</summary>
    public long Streams { get; init; }

    /// <summary>What its write-ahead log takes on disk, in bytes.</summary>
    public long WalBytes { get; init; }

    /// <summary>What that may take; absent if only the disk bounds it.</summary>
    public long? WalBudgetBytes { get; init; }

    /// <summary>Bytes of records that are in no published segment, about; absent without a blob store.</summary>
    public long? LagBytes { get; init; }

    /// <summary>Age of the oldest change that is not published, in seconds; absent if there is none.</summary>
    public double? LagSeconds { get; init; }
}
