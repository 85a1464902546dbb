namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>
/// One file, whatever its name: what is on the device for certain, what was written since and may or may not be there, and what the page
/// cache shows. A sector that was written several times since the last flush may hold any of those versions after a crash.
/// </summary>
internal sealed class Inode
{
    private readonly SectorMap _device;
    private readonly SectorMap _cache;
    private readonly SortedDictionary<int, List<Version>> _pending = [];
    private readonly List<(long Operation, long Length)> _pendingLengths = [];

    public Inode()
        : this(new SectorMap(), new SectorMap())
    {
    }

    private Inode(SectorMap device, SectorMap cache)
    {
        _device = device;
        _cache = cache;
    }

    public long Length => _cache.Length;

    public bool IsClean => _pending.Count == 0 && _pendingLengths.Count == 0;

    public int Read(long offset, Span<byte> buffer) => _cache.Read(offset, buffer);

    /// <summary>Reads past the page cache: dirty pages are written back first, but pages that a failed flush left clean are not.</summary>
    public int ReadDevice(long offset, Span<byte> buffer)
    {
        var view = _device.Clone();
        view.SetLength(Math.Max(_device.Length, _pendingLengths.Count == 0 ? 0 : _pendingLengths[^1].Length));
        foreach (var (index, versions) in _pending)
            view.Set(index, versions[^1].Content);

        return view.Read(offset, buffer);
    }

    /// <summary>A write that the cache shows and the device may have, in any part, until it is settled.</summary>
    public void Write(long operation, long offset, byte[] bytes)
    {
        foreach (var (index, content) in _cache.Overlay(offset, bytes).ToList())
        {
            _cache.Set(index, content);
            var before = _pending.TryGetValue(index, out var versions) ? versions[^1].Content : _device[index];
            if (SectorMap.Same(before, content))
                continue;

            if (versions is null)
                _pending.Add(index, versions = []);

            versions.Add(new Version(operation, content));
        }

        if (offset + bytes.Length > _cache.Length)
        {
            _cache.SetLength(offset + bytes.Length);
            _pendingLengths.Add((operation, offset + bytes.Length));
        }
    }

    /// <summary>Everything that was written becomes durable, except writes that are still under way.</summary>
    public void Settle(Func<long, bool> isUnderWay) => Settle(static (operation, waits) => !waits(operation), isUnderWay);

    /// <summary>One write becomes durable, and with it the length that it needs.</summary>
    public void Settle(long operation) => Settle(static (candidate, settled) => candidate == settled, operation);

    /// <summary>A flush fails: what was pending is gone from the device's future, though the cache goes on showing it, clean.</summary>
    public void Forget()
    {
        _pending.Clear();
        _pendingLengths.Clear();
    }

    /// <summary>What happened to a write without the file system's knowledge: device and cache change, nothing is pending.</summary>
    public void Damage(long offset, byte[] bytes)
    {
        foreach (var (index, content) in _device.Overlay(offset, bytes).ToList())
        {
            _device.Set(index, content);
            _cache.Set(index, content);
        }
    }

    /// <summary>The file is cut off, for device and cache, and nothing is pending.</summary>
    public void Truncate(long length)
    {
        _device.SetLength(length);
        _cache.SetLength(length);
    }

    /// <summary>The cache shows the bytes until it is dropped, the device never gets them.</summary>
    public void WriteCacheOnly(long offset, byte[] bytes)
    {
        foreach (var (index, content) in _cache.Overlay(offset, bytes).ToList())
            _cache.Set(index, content);
    }

    /// <summary>The file after the process died and the machine did not: all is as it was, the cache included.</summary>
    public Inode Clone()
    {
        var copy = new Inode(_device.Clone(), _cache.Clone());
        foreach (var (index, versions) in _pending)
            copy._pending.Add(index, [.. versions]);

        copy._pendingLengths.AddRange(_pendingLengths);
        return copy;
    }

    /// <summary>What may differ after a crash: for each such thing how many outcomes it has, outcome 0 being "nothing of it arrived".</summary>
    public IEnumerable<CrashChoice> Choices()
    {
        foreach (var (index, versions) in _pending)
            yield return new CrashChoice(this, index, versions.Count + 1);

        if (_pendingLengths.Count > 0)
            yield return new CrashChoice(this, CrashChoice.Length, _pendingLengths.Count + 1);
    }

    /// <summary>The file after a crash that left the device with the given outcomes.</summary>
    public Inode Crashed(IEnumerable<(CrashChoice Choice, int Outcome)> outcomes)
    {
        var device = _device.Clone();
        var length = _device.Length;
        foreach (var (choice, outcome) in outcomes)
        {
            if (outcome == 0)
                continue;

            if (choice.Sector == CrashChoice.Length)
                length = _pendingLengths[outcome - 1].Length;
            else
                device.Set(choice.Sector, _pending[choice.Sector][outcome - 1].Content);
        }

        device.SetLength(length);
        return new Inode(device, device.Clone());
    }

    private void Settle<TState>(Func<long, TState, bool> settles, TState state)
    {
        foreach (var (index, versions) in _pending.ToList())
        {
            var last = versions.FindLastIndex(version => settles(version.Operation, state));
            if (last < 0)
                continue;

            _device.Set(index, versions[last].Content);
            versions.RemoveRange(0, last + 1);
            if (versions.Count == 0)
                _pending.Remove(index);
        }

        var longest = _pendingLengths.FindLastIndex(length => settles(length.Operation, state));
        if (longest >= 0)
        {
            _device.SetLength(Math.Max(_device.Length, _pendingLengths[longest].Length));
            _pendingLengths.RemoveRange(0, longest + 1);
        }
    }

    private readonly record struct Version(long Operation, byte[]? Content);
}

/// <summary>Something of which a crash may leave one of several outcomes: a sector, the length of a file, or a change of a directory.</summary>
/// <param name="Inode">The file, or null for a change of a directory.</param>
/// <param name="Sector">The sector, <see cref="Length"/>, or the number of the change.</param>
/// <param name="Outcomes">How many outcomes there are; 0 is "nothing of it arrived", the last one "all of it".</param>
internal readonly record struct CrashChoice(Inode? Inode, int Sector, int Outcomes)
{
    public const int Length = -1;
}
