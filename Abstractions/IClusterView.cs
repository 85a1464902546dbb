namespace Orleans.Log;

/// <summary>Who holds the streams of a log, for operators: one node, or the nodes of a cluster. Beside <see cref="ILogService"/>, where a host has it. Safe for use by any number of threads.</summary>
public interface IClusterView
{
    /// <summary>What is known now. It may be some seconds old; nothing may be decided by it. Throws <see cref="LogException"/>.</summary>
    ValueTask<ClusterDescription> DescribeAsync(CancellationToken cancellationToken);
}

/// <summary>The holders of a log.</summary>
/// <param name="Id">The cluster's name; null for a node that is in none.</param>
/// <param name="Members">The processes that make up the cluster, by their addresses; none for a node that is in none.</param>
/// <param name="Nodes">The nodes, those that are away included, by their ids.</param>
public sealed record ClusterDescription(string? Id, IReadOnlyList<MemberDescription> Members, IReadOnlyList<NodeDescription> Nodes);

/// <summary>One process of a cluster.</summary>
/// <param name="Address">Its address; a process that is started again has another.</param>
/// <param name="Name">Its name, for people.</param>
/// <param name="State">What the cluster's membership says of it, for example <c>joining</c>, <c>active</c>, <c>shutting_down</c>.</param>
public sealed record MemberDescription(string Address, string Name, string State);

/// <summary>One node: an engine with its data directory, whatever process it is in.</summary>
/// <param name="Id">Its identity, which is the directory's.</param>
/// <param name="WalId">Identity of the write-ahead log in the directory.</param>
/// <param name="State">What it is up to.</param>
/// <param name="Member">Address of the process that it is in, or was in last; null outside of a cluster.</param>
/// <param name="SeenAt">When it last gave a sign of life, by its own clock, for people. What follows was so then.</param>
/// <param name="Streams">Number of its streams.</param>
/// <param name="WalBytes">What its write-ahead log takes on disk.</param>
/// <param name="WalBudgetBytes">What that may take; null if only the disk bounds it.</param>
/// <param name="LagBytes">Bytes of records in no published segment, about; null without a blob store.</param>
/// <param name="Lag">Age of the oldest change that is not published; null if there is none, or no blob store.</param>
public sealed record NodeDescription(
    Guid Id,
    Guid WalId,
    NodeCondition State,
    string? Member,
    DateTimeOffset SeenAt,
    long Streams,
    long WalBytes,
    long? WalBudgetBytes,
    long? LagBytes,
    TimeSpan? Lag);

/// <summary>What a node is up to. The numbers cross process borders: never renumber.</summary>
public enum NodeCondition
{
    /// <summary>Takes appends and serves reads.</summary>
    Ready = 1,

    /// <summary>At work, and takes no appends: its disk is full, or it is starting or stopping.</summary>
    NotReady = 2,

    /// <summary>Stopped in order; its streams work again when it is started again.</summary>
    Stopped = 3,

    /// <summary>Gone without a word; its streams work again when it is back.</summary>
    Away = 4,

    /// <summary>Its directory was lost, and another node goes on with its streams.</summary>
    Replaced = 5,
}
