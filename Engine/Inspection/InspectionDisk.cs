using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Inspection;

/// <summary>
/// A disk that reads through to another one and keeps every change in memory, so that the real recovery can be run on a data directory without
/// changing a byte of it. Only the lock is real: it keeps a node from starting meanwhile.
/// </summary>
internal sealed class InspectionDisk(IDisk inner, Action<string, long> onRead) : IDisk
{
    private readonly Lock _lock = new();

    // Files that differ from the inner disk's; null = deleted.
    private readonly Dictionary<string, ScratchContent?> _changed = new(StringComparer.Ordinal);

    public long FreeBytes => inner.FreeBytes;

    public IDisposable Lock(string name) => inner.Lock(name);

    public void CreateDirectory(string name)
    {
    }

    public IReadOnlyList<string> List(string directory)
    {
        var prefix = directory.Length == 0 ? string.Empty : directory + '/';
        lock (_lock)
        {
            var names = inner.List(directory).Where(name => !_changed.ContainsKey(prefix + name));
            var changed = _changed.Where(file => file.Value is not null && file.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(file => file.Key[prefix.Length..])
                .Where(name => !name.Contains('/', StringComparison.Ordinal));
            return [.. names.Concat(changed).Order(StringComparer.Ordinal)];
        }
    }

    // Directories come and go with the files in them, which are kept apart: the real ones are all that there are.
    public IReadOnlyList<string> ListDirectories(string directory) => inner.ListDirectories(directory);

    public bool Exists(string name)
    {
        lock (_lock)
            return _changed.TryGetValue(name, out var content) ? content is not null : inner.Exists(name);
    }

    public IDiskFile Create(string name)
    {
        lock (_lock)
        {
            var content = new ScratchContent(null, 0);
            _changed[name] = content;
            return new ScratchFile(content, null, durable: false, onRead: null);
        }
    }

    public IDiskFile Open(string name, DiskAccess access)
    {
        lock (_lock)
        {
            var content = ContentOf(name);
            var read = access == DiskAccess.ReadDevice ? DiskAccess.ReadDevice : DiskAccess.Read;
            var file = content.Source is { } source ? inner.Open(source, read) : null;
            return new ScratchFile(content, file, access == DiskAccess.WriteDurable, bytes => onRead(name, bytes));
        }
    }

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            _changed[to] = ContentOf(from);
            _changed[from] = null;
        }
    }

    public void Delete(string name)
    {
        lock (_lock)
            _changed[name] = null;
    }

    public void FlushDirectory(string name)
    {
    }

    // Every file that is opened is remembered, so that what one handle writes another one reads.
    private ScratchContent ContentOf(string name)
    {
        if (_changed.TryGetValue(name, out var content))
            return content ?? throw new DiskException(DiskFailure.NotFound, $"There is no file '{name}'.");

        using var file = inner.Open(name, DiskAccess.Read);
        content = new ScratchContent(name, file.Length);
        _changed.Add(name, content);
        return content;
    }
}
