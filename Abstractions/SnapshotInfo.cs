namespace Orleans.Log;

/// <summary>A published snapshot: what a stream can be rebuilt from if its node's disk is lost.</summary>
/// <param name="Lsn">It holds everything below; what lies at or above it is only in the write-ahead log.</param>
/// <param name="Term">Term of the leader that made it.</param>
/// <param name="At">When it was published.</param>
/// <param name="Bytes">Stored bytes of the records from the head to <paramref name="Lsn"/>: an estimate, for people.</param>
public readonly record struct SnapshotInfo(long Lsn, long Term, DateTimeOffset At, long Bytes);
