namespace Orleans.Log.Client;

/// <summary>A batch is durable at these positions.</summary>
/// <param name="Start">LSN of its first record.</param>
/// <param name="End">LSN behind its last record.</param>
/// <param name="Tail">Tail of the stream when the batch was acknowledged; at least <paramref name="End"/>.</param>
/// <param name="Duplicate">An earlier attempt had got through already; the positions are those that it got.</param>
public readonly record struct AppendAck(long Start, long End, long Tail, bool Duplicate);

/// <summary>
/// The outcome of a batch: <paramref name="error"/> is null and <paramref name="ack"/> counts, or the other way round. Callbacks of one
/// appender run one at a time, in append order; the batch's room is free again when its callback has returned, so a slow one holds
/// the pipeline up. A callback must not throw: if it does, the appender is faulted.
/// </summary>
public delegate void AppendCallback(AppendAck ack, LogClientException? error);
