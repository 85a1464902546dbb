namespace Orleans.Log.Engine.Segments;

/// <summary>A run in a segment: everything that must be known to fetch records of it (docs/FORMAT.md §13).</summary>
/// <param name="Blob">The segment.</param>
/// <param name="Offset">Where the run begins in it.</param>
/// <param name="Length">Length of the run.</param>
/// <param name="First">LSN of its first record.</param>
/// <param name="End">LSN behind its last record.</param>
/// <param name="FirstTimestamp">Timestamp of its first record, milliseconds since 1970 UTC.</param>
/// <param name="LastTimestamp">Timestamp of its last record.</param>
/// <param name="Bytes">Stored bytes of its records, counted as <see cref="Checkpoints.StreamCheckpoint.Bytes"/> is.</param>
internal readonly record struct SegmentRef(
    BlobId Blob, int Offset, int Length, long First, long End, long FirstTimestamp, long LastTimestamp, long Bytes);

/// <summary>A run and whose it is.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Ref">The run.</param>
internal readonly record struct SegmentRun(StreamId Stream, SegmentRef Ref);
