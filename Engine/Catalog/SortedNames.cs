namespace Orleans.Log.Engine.Catalog;

/// <summary>
/// The streams in ordinal order of their names: one array, searched by halves. A page costs a search and a copy whatever the number of streams;
/// adding or removing moves what lies behind, which for 100,000 streams is less than a megabyte, and nothing beside the disk write that goes with it.
/// Guarded by the catalog's lock.
/// </summary>
internal sealed class SortedNames
{
    private readonly List<LogNodeStream> _streams = [];

    public int Count => _streams.Count;

    /// <summary>Takes streams in any order, replacing what was there.</summary>
    public void Load(IEnumerable<LogNodeStream> streams)
    {
        _streams.Clear();
        _streams.AddRange(streams.OrderBy(static stream => stream.Name));
    }

    public void Add(LogNodeStream stream) => _streams.Insert(Behind(stream.Name.Value), stream);

    public void Remove(LogNodeStream stream)
    {
        var index = Behind(stream.Name.Value) - 1;
        if (index >= 0 && ReferenceEquals(_streams[index], stream))
            _streams.RemoveAt(index);
    }

    /// <summary>Up to <paramref name="limit"/> streams with the prefix, behind the name <paramref name="after"/>.</summary>
    public LogNodeStream[] Page(string prefix, string after, int limit)
    {
        var first = string.CompareOrdinal(after, prefix) >= 0 ? Behind(after) : At(prefix);
        var end = first;
        while (end < _streams.Count && end - first < limit && _streams[end].Name.Value.StartsWith(prefix, StringComparison.Ordinal))
            end++;

        return [.. _streams[first..end]];
    }

    /// <summary>All of them, with what the catalog says of each at this moment.</summary>
    public (LogNodeStream Stream, CatalogEntry Entry)[] All()
    {
        var all = new (LogNodeStream, CatalogEntry)[_streams.Count];
        for (var i = 0; i < all.Length; i++)
            all[i] = (_streams[i], _streams[i].Entry);

        return all;
    }

    /// <summary>Index of the first name that is not below the text.</summary>
    private int At(string text) => Search(text, equalIsBelow: false);

    /// <summary>Index of the first name above the text.</summary>
    private int Behind(string text) => Search(text, equalIsBelow: true);

    private int Search(string text, bool equalIsBelow)
    {
        var (low, high) = (0, _streams.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(_streams[middle].Name.Value, text);
            if (order < 0 || (order == 0 && equalIsBelow))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
