namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>
/// The names of a disk: as they stand on the device, the changes since that no directory flush has covered, and the result of both, which
/// is what callers see. After a crash each uncovered change may or may not have happened, whatever became of the others: ext4 and xfs
/// commit changes in order, others do not promise it, and POSIX promises nothing.
/// </summary>
internal sealed class DirectoryTree
{
    private readonly SortedDictionary<string, Inode?> _durable;
    private readonly SortedDictionary<string, Inode?> _current;
    private readonly List<Change> _pending = [];

    public DirectoryTree()
        : this(new(StringComparer.Ordinal), new(StringComparer.Ordinal))
    {
    }

    private DirectoryTree(SortedDictionary<string, Inode?> durable, SortedDictionary<string, Inode?> current)
    {
        _durable = durable;
        _current = current;
    }

    /// <summary>Every name that callers see, in ordinal order; a directory has no inode.</summary>
    public IEnumerable<KeyValuePair<string, Inode?>> Entries => _current;

    public int PendingCount => _pending.Count;

    public Inode? Find(string name) => _current.GetValueOrDefault(name);

    public bool HasDirectory(string name) => name.Length == 0 || (_current.TryGetValue(name, out var inode) && inode is null);

    public void MakeDirectory(string name)
    {
        for (var slash = name.IndexOf('/'); ; slash = name.IndexOf('/', slash + 1))
        {
            var part = slash < 0 ? name : name[..slash];
            if (!HasDirectory(part))
                Do(new Change(ParentOf(part), part, null, null));

            if (slash < 0)
                return;
        }
    }

    /// <summary>Puts a file under a name; another file that had it is gone, unless the change is lost.</summary>
    public void Link(string name, Inode inode) => Do(new Change(ParentOf(name), name, inode, null));

    public void Rename(string from, string to) => Do(new Change(ParentOf(from), to, Find(from), from));

    public void Unlink(string name) => Do(new Change(ParentOf(name), null, null, name));

    public void Flush(string directory)
    {
        foreach (var change in _pending.Where(change => change.Directory == directory))
            Apply(change, _durable);

        _pending.RemoveAll(change => change.Directory == directory);
    }

    public IEnumerable<CrashChoice> Choices() => Enumerable.Range(0, _pending.Count).Select(index => new CrashChoice(null, index, 2));

    /// <summary>Files that can be reached, now or after a crash.</summary>
    public IEnumerable<Inode> Inodes() =>
        _durable.Values.Concat(_current.Values).Concat(_pending.Select(change => change.Inode)).OfType<Inode>().Distinct();

    /// <summary>The same names over other inodes, with the same changes pending.</summary>
    public DirectoryTree Clone(IReadOnlyDictionary<Inode, Inode> inodes)
    {
        var copy = new DirectoryTree(Map(_durable, inodes), Map(_current, inodes));
        copy._pending.AddRange(_pending.Select(change => change with { Inode = change.Inode is { } inode ? inodes[inode] : null }));
        return copy;
    }

    /// <summary>The names after a crash in which only the given changes happened; what lies in a directory that does not exist is gone.</summary>
    public DirectoryTree Crashed(Func<int, bool> happened, Func<Inode, Inode> crash)
    {
        var names = new SortedDictionary<string, Inode?>(_durable, StringComparer.Ordinal);
        for (var i = 0; i < _pending.Count; i++)
        {
            if (happened(i))
                Apply(_pending[i], names);
        }

        var crashed = new Dictionary<Inode, Inode>();
        var kept = new SortedDictionary<string, Inode?>(StringComparer.Ordinal);
        foreach (var (name, inode) in names)
        {
            if (ParentOf(name) is { Length: > 0 } parent && !kept.ContainsKey(parent))
                continue;

            if (inode is not null && !crashed.ContainsKey(inode))
                crashed.Add(inode, crash(inode));

            kept.Add(name, inode is null ? null : crashed[inode]);
        }

        return new DirectoryTree(new(kept, StringComparer.Ordinal), kept);
    }

    public static string ParentOf(string name) => name.LastIndexOf('/') is > 0 and var slash ? name[..slash] : string.Empty;

    private void Do(Change change)
    {
        Apply(change, _current);
        _pending.Add(change);
    }

    private static void Apply(Change change, SortedDictionary<string, Inode?> names)
    {
        if (change.From is { } from && change.Inode is null)
            names.Remove(from);
        else if (change.From is { } old && names.TryGetValue(old, out var there) && ReferenceEquals(there, change.Inode))
            names.Remove(old);

        if (change.To is { } to)
            names[to] = change.Inode;
    }

    private static SortedDictionary<string, Inode?> Map(SortedDictionary<string, Inode?> names, IReadOnlyDictionary<Inode, Inode> inodes)
    {
        var mapped = new SortedDictionary<string, Inode?>(StringComparer.Ordinal);
        foreach (var (name, inode) in names)
            mapped.Add(name, inode is null ? null : inodes[inode]);

        return mapped;
    }

    /// <summary>One change in one directory: a name that appears, with its file or (without one) as a directory, and a name that goes.</summary>
    private sealed record Change(string Directory, string? To, Inode? Inode, string? From);
}
