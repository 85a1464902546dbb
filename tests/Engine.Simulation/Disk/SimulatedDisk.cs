using System.Numerics;
using System.Runtime.InteropServices;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>
/// A file system in memory that promises exactly what <see cref="IDisk"/> promises and not a byte more, knows every state in which a
/// crash could leave it, and fails on request. Safe for use by several threads; with one thread everything about it repeats exactly.
/// </summary>
internal sealed partial class SimulatedDisk : IDisk
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _locks = [];
    private readonly HashSet<long> _underWay = [];
    private DirectoryTree _tree;
    private long _operations;

    public SimulatedDisk()
        : this(new DirectoryTree())
    {
    }

    private SimulatedDisk(DirectoryTree tree) => _tree = tree;

    /// <summary>What goes wrong. Not carried over to images.</summary>
    public DiskFaults Faults { get; } = new();

    /// <summary>Source of the choices that faults make.</summary>
    public Random Random { get; init; } = new(1);

    /// <summary>Bytes that fit on the disk.</summary>
    public long Capacity { get; set; } = 1L << 40;

    /// <summary>Does the file system take <see cref="DiskAccess.WriteDurable"/> and <see cref="DiskAccess.WriteDirect"/>?</summary>
    public bool SupportsDurableWrites { get; init; } = true;

    /// <summary>
    /// Durable writes return at once and stay under way until <see cref="Land"/>: a single thread can then play several that overlap. The
    /// caller must not tell the engine that such a write returned before it landed.
    /// </summary>
    public bool HoldsDurableWrites { get; set; }

    /// <summary>Called, under the disk's lock, in the middle of a durable write and after every call that changes something.</summary>
    public Action<DiskOperation>? Observer { get; set; }

    /// <summary>Fingerprint of every call so far, with its bytes: equal for equal runs.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    /// <summary>Calls so far.</summary>
    public long Operations => _operations;

    /// <inheritdoc/>
    public long FreeBytes
    {
        get
        {
            lock (_lock)
                return Capacity - Used();
        }
    }

    /// <inheritdoc/>
    public IDisposable Lock(string name)
    {
        lock (_lock)
        {
            if (!_locks.Add(name))
                throw new DiskException(DiskFailure.Locked, $"'{name}' is locked.");
        }

        var held = new HeldLock(this, name);
        try
        {
            if (!Exists(name))
                Create(name).Dispose();

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string name) => Change(DiskCall.CreateDirectory, name, () => _tree.MakeDirectory(name));

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory) => Names(directory, inode => inode is not null);

    /// <inheritdoc/>
    public IReadOnlyList<string> ListDirectories(string directory) => Names(directory, inode => inode is null);

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        lock (_lock)
            return _tree.Find(name) is not null;
    }

    /// <inheritdoc/>
    public IDiskFile Create(string name)
    {
        var inode = new Inode();
        Change(DiskCall.Create, name, () =>
        {
            RequireParent(name);
            _tree.Link(name, inode);
        });
        return new SimulatedFile(this, inode, name, DiskAccess.Write);
    }

    /// <inheritdoc/>
    public IDiskFile Open(string name, DiskAccess access)
    {
        lock (_lock)
        {
            Begin(DiskCall.Open, name, (int)access, []);
            Fail(Faults.Next(DiskCall.Open, name), name);
            if (access is DiskAccess.WriteDurable or DiskAccess.WriteDirect && !SupportsDurableWrites)
                throw new DiskException(DiskFailure.Unsupported, $"'{name}' cannot be written past the page cache.");

            return new SimulatedFile(this, Require(name), name, access);
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Change(DiskCall.Rename, from, () =>
    {
        if (DirectoryTree.ParentOf(from) != DirectoryTree.ParentOf(to))
            throw new DiskException(DiskFailure.Unsupported, "Only within one directory: the engine needs no more.");

        Require(from);
        _tree.Rename(from, to);
    });

    /// <inheritdoc/>
    public void Delete(string name) => Change(DiskCall.Delete, name, () =>
    {
        if (_tree.Find(name) is not null)
            _tree.Unlink(name);
    });

    /// <inheritdoc/>
    public void FlushDirectory(string name) => Change(DiskCall.FlushDirectory, name, () =>
    {
        if (!_tree.HasDirectory(name))
            throw new DiskException(DiskFailure.NotFound, $"There is no directory '{name}'.");

        _tree.Flush(name);
    });

    private void Change(DiskCall call, string name, Action change)
    {
        lock (_lock)
        {
            var operation = Begin(call, name, 0, []);
            Fail(Faults.Next(call, name), name);
            change();
            Observer?.Invoke(operation);
        }
    }

    private string[] Names(string directory, Func<Inode?, bool> wanted)
    {
        lock (_lock)
        {
            return [.. _tree.Entries.Where(entry => wanted(entry.Value) && DirectoryTree.ParentOf(entry.Key) == directory)
                .Select(entry => directory.Length == 0 ? entry.Key : entry.Key[(directory.Length + 1)..])];
        }
    }

    private Inode Require(string name) =>
        _tree.Find(name) ?? throw new DiskException(DiskFailure.NotFound, $"There is no file '{name}'.");

    private void RequireParent(string name)
    {
        if (!_tree.HasDirectory(DirectoryTree.ParentOf(name)))
            throw new DiskException(DiskFailure.NotFound, $"There is no directory for '{name}'.");
    }

    private long Used() => _tree.Entries.Sum(entry => entry.Value?.Length ?? 0);

    private DiskOperation Begin(DiskCall call, string name, long offset, ReadOnlySpan<byte> bytes)
    {
        var operation = new DiskOperation(++_operations, call, name, offset, bytes.Length, UnderWay: false);
        Trace((ulong)call);
        foreach (var character in name)
            Trace(character);

        Trace((ulong)offset);
        Trace((ulong)bytes.Length);
        Trace(Fingerprint(bytes));
        return operation;
    }

    private void Trace(ulong value) => TraceHash = (TraceHash ^ value) * 1099511628211;

    private static ulong Fingerprint(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, word);

        foreach (var rest in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, rest);

        return crc;
    }

    private static void Fail(DiskFault? fault, string name)
    {
        if (fault == DiskFault.Error)
            throw new DiskException(DiskFailure.Io, $"Planned failure at '{name}'.", errorNumber: 5);

        if (fault == DiskFault.Full)
            throw new DiskException(DiskFailure.Full, $"No space for '{name}'.", errorNumber: 28);
    }

    private sealed class HeldLock(SimulatedDisk disk, string name) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._lock)
                disk._locks.Remove(name);
        }
    }
}
