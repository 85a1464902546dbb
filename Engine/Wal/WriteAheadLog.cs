using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// The write-ahead log of one node, shared by all of its streams. Entries are encoded straight into the open block; several block
/// writes overlap; durability is reported in WAL order, from one place. Every member may be called from any thread.
/// <para>Failure: the first write or flush that fails ends the WAL for good. Subscribers with entries that are not durable are told, in
/// order, then the failure policy of the host is called; later appends throw. Nothing is retried and nothing is acknowledged afterwards.</para>
/// </summary>
public sealed partial class WriteAheadLog : IWal, IDisposable
{
    private readonly IDisk _disk;
    private readonly IDisposable _lock;
    private readonly WalOptions _options;
    private readonly WalHost _host;
    private readonly ControlFile _controlFile;
    private readonly WalRoom _room;
    private readonly WalCache _cache;
    private readonly Lock _control = new();
    private ControlSlot _slot;
    private bool _disposed;

    // There once recovery has ended; during the replay the WAL has its ids and nothing else.
    private WalExtents _extents = null!;
    private WalFilePreparer _preparer = null!;
    private WalSequencer _sequencer = null!;
    private WalWriters _writers = null!;
    private WalPreparerThread? _preparerThread;
    private WalRecorderThread? _recorderThread;

    /// <summary>
    /// Locks and recovers the directory, or formats an empty one; returns when everything that it holds has been replayed and the WAL takes appends.
    /// Synchronous: it is disk work from beginning to end. Throws <see cref="DataDirectoryException"/> when the directory is refused.
    /// </summary>
    public static WriteAheadLog Open(IDisk disk, WalOptions options, IWalReplay replay, WalHost host)
    {
        options.Validate();
        var started = host.Time.GetTimestamp();
        WalDirectory.RequireSlotsOrEmpty(disk);
        var held = Lock(disk);
        try
        {
            var recovery = new WalRecovery(disk, options, host);
            var control = recovery.LoadOrFormat(out var formatted);
            var wal = new WriteAheadLog(disk, held, options, host, recovery.ControlFile, control);
            replay.OnStart(wal, control.Checkpoint);
            wal.Start(recovery.Run(control, formatted, replay), started);
            return wal;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What recovery found.</summary>
    public WalRecoveryReport Report { get; private set; } = null!;

    /// <summary>Identity of this node's data.</summary>
    public Guid NodeId => _slot.NodeId;

    /// <summary>Identity of this WAL, made when the directory was formatted.</summary>
    public Guid WalId => _slot.WalId;

    /// <summary>Are block writes durable when they return (O_DIRECT|O_DSYNC), or flushed one by one (fdatasync)?</summary>
    public bool WritesAreDurable { get; private set; }

    /// <summary>End of the last block of which it and every block before it are durable. Monotone; true from the moment of opening.</summary>
    public WalPosition DurableThrough => _sequencer.DurableThrough;

    /// <summary>Start of the oldest file that still counts; positions below it cannot be read any more.</summary>
    public WalPosition Head => new(_extents.FirstFile, WalFormat.SectorBytes);

    /// <summary>Behind everything appended so far: a later entry stands here or higher.</summary>
    public WalPosition End => _sequencer.End;

    /// <summary>Bytes that the WAL takes on disk, prepared files included.</summary>
    public long SizeBytes => _preparer.SizeBytes;

    /// <summary>Is there prepared room for an append of the largest size, and if not, why not? For health and description.</summary>
    public WalAdmission State => _room.Peek();

    /// <summary>
    /// Asks for leave to append an entry with a body of so many bytes, before any position is given to it. What is admitted is counted until the entry is
    /// durable (or the WAL fails), or until <see cref="Release"/> if it is not appended after all. Never waits.
    /// </summary>
    public WalAdmission TryAdmit(long bodyBytes, WalClass cls)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bodyBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bodyBytes, _options.LargestBodyBytes);
        return _room.TryAdmit((int)bodyBytes, cls);
    }

    /// <summary>Gives back what was admitted and will not be appended.</summary>
    public void Release(long bodyBytes) => _room.Release((int)bodyBytes);

    /// <summary>
    /// Appends an admitted entry and returns where its record starts. Synchronous, never waits for I/O; the body's memory is free when
    /// it returns. Call it under the stream's own lock, so that a stream's entries stand in the WAL in order of entry number. The subscriber is told once per
    /// block, with its highest entry in it. Throws <see cref="LogException"/> (<see cref="LogErrorCode.OutcomeUnknown"/>) when the WAL has failed and
    /// <see cref="LogErrorCode.Draining"/> when it is closed; then nothing was appended.
    /// </summary>
    public WalPosition Append<TBody>(in WalEntry entry, in TBody body, IWalSubscriber subscriber)
        where TBody : struct, IWalBody => _sequencer.Append(entry, body, subscriber);

    /// <summary>
    /// Ends when <see cref="DurableThrough"/> has reached the position, which is at most <see cref="End"/>; what was appended becomes durable by itself, so this
    /// never waits for a later append. Fails when the WAL does. Continuations do not run on the WAL's threads.
    /// </summary>
    public Task WhenDurableAsync(WalPosition through) => _sequencer.WhenDurableAsync(through);

    /// <summary>Is the record that starts there durable?</summary>
    public bool IsDurable(WalPosition position) => position < DurableThrough;

    /// <summary>A cursor over durable records, from the record that starts at the position, or the first one behind it. Dispose it soon: it may hold cache memory.</summary>
    public WalCursor OpenCursor(WalPosition from) => new(this, from);

    IWalCursor IWal.OpenCursor(WalPosition from) => OpenCursor(from);
}

/// <summary>What a WAL takes from its host.</summary>
/// <param name="Time">Clock for durations and retries; no decision about data depends on it.</param>
/// <param name="Logger">For one line per notable event.</param>
/// <param name="OnFailure">Called once, on the thread that saw a write or flush fail, after everything pending was failed: the host ends the process.</param>
/// <param name="Meter">For the instruments <c>orleans_log.wal.*</c>; null for none.</param>
/// <param name="NewId">Makes the ids of a directory that is formatted; random by default.</param>
/// <param name="OnFileBegun">Called when the first block of a new file is taken, not under a lock: the moment to think of a checkpoint. Must not block.</param>
public sealed record WalHost(
    TimeProvider Time,
    ILogger Logger,
    Action<Exception> OnFailure,
    Meter? Meter = null,
    Func<Guid>? NewId = null,
    Action? OnFileBegun = null);
