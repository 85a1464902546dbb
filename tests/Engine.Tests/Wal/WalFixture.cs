using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>Small files on a disk in memory, so that a test sees file changes, cuts and damage after a few entries.</summary>
internal static class WalFixture
{
    public const int BodyLimit = 64 * 1024;

    public static WalOptions Options(bool threads = true) => new()
    {
        FileSizeMiB = 1,
        LargestBodyBytes = BodyLimit,
        InFlightBytes = 4 * 1024 * 1024,
        CacheBytes = 256 * 1024,
        ControlReserveBytes = 64 * 1024,
        KeepFreeBytes = 0,
        StartThreads = threads,
    };

    public static WalHost Host(Action<Exception>? onFailure = null) => new(TimeProvider.System, NullLogger.Instance, onFailure ?? (_ => { }));

    public static WriteAheadLog Open(IDisk disk, WalOptions? options = null, Recorded? replay = null, Action<Exception>? onFailure = null) =>
        WriteAheadLog.Open(disk, options ?? Options(), replay ?? new Recorded(), Host(onFailure));

    public static StreamId Stream(int number) => new((UInt128)number);

    public static WalEntry Entry(int stream, long entry, WalEntryType type = WalEntryType.Append) =>
        new(type, WalEntryFlags.None, Stream(stream), Term: 1, Generation: 1, Count: 1, Lsn: entry - 1, entry, Timestamp: 1_700_000_000_000 + entry);

    public static byte[] Body(int stream, long entry, int length)
    {
        var body = new byte[length];
        new Random(HashCode.Combine(stream, entry, length)).NextBytes(body);
        return body;
    }

    /// <summary>Writes and completes everything that waits, as the writers' threads would.</summary>
    public static void Pump(this WriteAheadLog wal)
    {
        while (wal.Sequencer.TryTakeBlock(out var block))
        {
            if (wal.BeginWrite(block))
                wal.EndWrite(block);
        }
    }

    /// <summary>What a writer's thread does with a block.</summary>
    public static void WriteBlock(this WriteAheadLog wal, WalBlock block)
    {
        if (wal.BeginWrite(block))
            wal.EndWrite(block);
    }

    public static WalPosition Add(this WriteAheadLog wal, int stream, long entry, byte[] body, Subscriber? subscriber = null)
    {
        wal.TryAdmit(body.Length, WalClass.Append).ShouldBe(WalAdmission.Admitted);
        return wal.Append(Entry(stream, entry), new Bytes(body), subscriber ?? new Subscriber());
    }

    public static List<(WalPosition Position, WalEntry Entry, byte[] Body)> ReadAll(this WriteAheadLog wal, WalPosition from = default)
    {
        var all = new List<(WalPosition, WalEntry, byte[])>();
        using var cursor = wal.OpenCursor(from);
        while (cursor.MoveNext())
            all.Add((cursor.Position, cursor.Entry, cursor.Body.ToArray()));

        return all;
    }
}

internal readonly struct Bytes(byte[] bytes) : IWalBody
{
    public int Length => bytes.Length;

    public void WriteTo(Span<byte> destination) => bytes.CopyTo(destination);
}

/// <summary>Remembers what it was told, and lets a test wait for it.</summary>
internal sealed class Subscriber : IWalSubscriber
{
    private readonly object _gate = new();
    private WalSlot _slot;
    private long _durable;

    public ref WalSlot Slot => ref _slot;

    public ConcurrentQueue<long> Told { get; } = new();

    public Exception? Error { get; private set; }

    public Action<long>? Then { get; init; }

    public void OnDurable(long entry)
    {
        lock (_gate)
        {
            _durable = entry;
            Told.Enqueue(entry);
            Monitor.PulseAll(_gate);
        }

        Then?.Invoke(entry);
    }

    public void OnFailed(Exception error)
    {
        lock (_gate)
        {
            Error = error;
            Monitor.PulseAll(_gate);
        }
    }

    public void WaitFor(long entry)
    {
        lock (_gate)
        {
            while (_durable < entry && Error is null)
                Monitor.Wait(_gate, TimeSpan.FromSeconds(30)).ShouldBeTrue($"entry {entry} should have become durable; {_durable} is");
        }
    }
}

/// <summary>What recovery told.</summary>
internal sealed class Recorded : IWalReplay
{
    public WalCheckpoint Checkpoint { get; private set; }

    public List<(WalPosition Position, WalEntry Entry, byte[] Body)> Entries { get; } = [];

    public List<WalEntry> DamagedEntries { get; } = [];

    public List<WalRange> Damage { get; } = [];

    public void OnStart(WriteAheadLog wal, in WalCheckpoint checkpoint) => Checkpoint = checkpoint;

    public void OnEntry(WalPosition position, WalPosition next, in WalEntry entry, ReadOnlySpan<byte> body)
    {
        if (Entries.Count > 0)
            Entries[^1].Position.ShouldBeLessThan(position);

        Entries.Add((position, entry, body.ToArray()));
    }

    public void OnDamagedEntry(WalPosition position, WalPosition next, in WalEntry entry) => DamagedEntries.Add(entry);

    public void OnDamage(WalPosition from, WalPosition to) => Damage.Add(new WalRange(from, to));

    public string Numbers(int stream) => new StringBuilder().AppendJoin(' ', Entries.Where(e => e.Entry.Stream == WalFixture.Stream(stream)).Select(e => e.Entry.Entry)).ToString();
}
