using System.Globalization;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Extents of segments in files, so that what was fetched from far away is fetched once. Only ever a help: it is never flushed, what is read of it is verified like everything
/// fetched, and a disk that fails or is nearly full just keeps less. What is there at the start is used again. Safe for use by any number of threads.
/// </summary>
internal sealed class SegmentDiskCache : IDisposable
{
    /// <summary>The directory.</summary>
    public const string Directory = "cache";

    /// <summary>Room that is left on the disk: the log needs it more.</summary>
    public const long Reserve = 1L << 30;

    /// <summary>Most extents that wait to be written; further ones are not kept.</summary>
    private const int Writes = 8;

    private readonly IDisk _disk;
    private readonly long _capacity;
    private readonly object _gate = new(); // waited on
    private readonly Dictionary<SegmentRange, LinkedListNode<SegmentRange>> _known = [];
    private readonly LinkedList<SegmentRange> _byUse = [];
    private long _held;
    private int _writes;
    private bool _closed;

    /// <summary>Takes over what an earlier process left.</summary>
    public SegmentDiskCache(IDisk disk, long capacity)
    {
        (_disk, _capacity) = (disk, capacity);
        disk.CreateDirectory(Directory);
        foreach (var name in disk.List(Directory))
        {
            if (TryParse(name, out var range))
                Add(range);
            else
                Try(() => _disk.Delete($"{Directory}/{name}"));
        }

        Evict();
    }

    /// <summary>Bytes kept.</summary>
    public long Held
    {
        get
        {
            lock (_gate)
                return _held;
        }
    }

    /// <summary>A cache of a size; null if none is wanted, and then what an earlier one has left goes. Never throws.</summary>
    public static SegmentDiskCache? Open(IDisk disk, long capacity)
    {
        try
        {
            if (capacity > 0)
                return new SegmentDiskCache(disk, capacity);

            foreach (var name in disk.List(Directory))
                disk.Delete($"{Directory}/{name}");
        }
        catch (DiskException)
        {
            // A cache is a help, and no reason not to start.
        }

        return null;
    }

    /// <summary>Fills the memory with a range; false if it is not kept, or cannot be read.</summary>
    public ValueTask<bool> ReadAsync(SegmentRange range, Memory<byte> memory)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(range, out var node))
                return new(false);

            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        return new(Task.Run(() => Read(range, memory.Span)));
    }

    /// <summary>Keeps an extent that is whole, if there is room. Returns at once.</summary>
    public void Keep(Extent extent)
    {
        lock (_gate)
        {
            if (_closed || _writes == Writes || _known.ContainsKey(extent.Range))
                return;

            _writes++;
        }

        extent.Retain();
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.Cache.Write(state.Extent), (Cache: this, Extent: extent), preferLocal: false);
    }

    /// <summary>What is kept of a range does not verify.</summary>
    public void Forget(SegmentRange range)
    {
        lock (_gate)
        {
            if (!_known.Remove(range, out var node))
                return;

            _byUse.Remove(node);
            _held -= range.Length;
        }

        Try(() => _disk.Delete(NameOf(range)));
    }

    /// <summary>Waits until what is being written is written; nothing is from then on. The directory may be somebody else's afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_writes > 0)
                Monitor.Wait(_gate);
        }
    }

    private bool Read(SegmentRange range, Span<byte> memory)
    {
        try
        {
            using var file = _disk.Open(NameOf(range), DiskAccess.Read);
            if (file.ReadFully(0, memory) == memory.Length)
                return true;
        }
        catch (DiskException)
        {
            // As if it were not there.
        }

        Forget(range);
        return false;
    }

    private void Write(Extent extent)
    {
        try
        {
            if (_disk.FreeBytes - extent.Range.Length < Reserve)
                return;

            var name = NameOf(extent.Range);
            var written = Try(() =>
            {
                using var file = _disk.Create(name);
                file.Write(0, extent.Content);
            });
            if (written)
            {
                lock (_gate)
                    Add(extent.Range);

                Evict();
            }
            else
            {
                Try(() => _disk.Delete(name));
            }
        }
        catch (DiskException)
        {
            // It does not even say how much is free.
        }
        finally
        {
            extent.Release();
            lock (_gate)
            {
                _writes--;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Add(SegmentRange range)
    {
        if (_known.ContainsKey(range))
            return;

        _known.Add(range, _byUse.AddFirst(range));
        _held += range.Length;
    }

    private void Evict()
    {
        while (true)
        {
            SegmentRange oldest;
            lock (_gate)
            {
                if (_held <= _capacity || _byUse.Last is not { } last)
                    return;

                oldest = last.Value;
            }

            Forget(oldest);
        }
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private static string NameOf(SegmentRange range) => string.Create(
        CultureInfo.InvariantCulture, $"{Directory}/{range.Blob.Node:N}-{range.Blob.Attempt:x16}-{range.Offset:x8}-{range.Length:x8}");

    private static bool TryParse(string name, out SegmentRange range)
    {
        range = default;
        var parts = name.Split('-');
        if (parts.Length != 4
            || !Guid.TryParseExact(parts[0], "N", out var node)
            || !long.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var attempt)
            || !int.TryParse(parts[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset)
            || !int.TryParse(parts[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        range = new SegmentRange(new BlobId(node, attempt), offset, length);
        return length > 0 && NameOf(range).AsSpan(Directory.Length + 1).SequenceEqual(name);
    }
}
