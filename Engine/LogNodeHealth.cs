using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <summary>How a node is doing: facts, for a health check and for people. The judgement is the host's.</summary>
/// <param name="Stage">Where it is in its life.</param>
/// <param name="Failure">Why the WAL failed, or null.</param>
/// <param name="Admission">Would an append be let in now? <see cref="WalAdmission.Full"/>: the disk or its budget is full.</param>
/// <param name="WritesAreDirect">True: O_DIRECT|O_DSYNC; false: the file system refuses it (or it is off) and every write is followed by fdatasync.</param>
/// <param name="WritesAreDurable">WAL writes are durable when they return (O_DIRECT|O_DSYNC); otherwise each is followed by a flush.</param>
/// <param name="WalBytes">What the WAL takes on disk.</param>
/// <param name="Streams">Number of streams.</param>
/// <param name="DamagedStreams">Streams with faulty ranges or an unproved end: they can be read, and take no appends.</param>
/// <param name="CatalogDamage">Why the catalog takes no changes, or null.</param>
/// <param name="CheckpointFailure">Why the last checkpoint failed, or null. Space of the WAL is not reclaimed while it lasts.</param>
/// <param name="Store">How it is doing with its blob store; null without one. A store that fails makes the node no less ready, until the WAL has no room left.</param>
public sealed record LogNodeHealth(
    LogNodeStage Stage,
    string? Failure,
    WalAdmission Admission,
    bool WritesAreDurable,
    bool WritesAreDirect,
    long WalBytes,
    int Streams,
    int DamagedStreams,
    string? CatalogDamage,
    string? CheckpointFailure,
    StoreHealth? Store = null)
{
    /// <summary>Is it ready to take appends of undamaged streams?</summary>
    public bool Ready => Stage == LogNodeStage.Running && Failure is null && Admission is WalAdmission.Admitted or WalAdmission.Overloaded;
}

/// <summary>Where a node is in its life.</summary>
public enum LogNodeStage
{
    /// <summary>Recovered and at work.</summary>
    Running,

    /// <summary>Takes nothing new and finishes what it took.</summary>
    Draining,

    /// <summary>Over.</summary>
    Stopped,
}

/// <summary>What a start found and did; one line in the log, and part of <c>olog doctor</c>.</summary>
/// <param name="Wal">What the WAL found.</param>
/// <param name="CheckpointSequence">The checkpoint that was used; 0 for none.</param>
/// <param name="Streams">Streams known.</param>
/// <param name="FaultyStreams">Streams of which a range of records is lost.</param>
/// <param name="SuspectStreams">Streams whose end is not proved.</param>
/// <param name="UnknownStreams">Streams of which there are entries and that the catalog does not know.</param>
/// <param name="CatalogDamage">Why the catalog takes no changes, or null.</param>
/// <param name="Duration">How long it took, checkpoint and WAL together.</param>
public sealed record LogNodeRecoveryReport(
    WalRecoveryReport Wal,
    long CheckpointSequence,
    int Streams,
    int FaultyStreams,
    int SuspectStreams,
    int UnknownStreams,
    string? CatalogDamage,
    TimeSpan Duration);
