using System.Buffers;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Hands out memory from a few pooled arrays; what was handed out stays where it is until everything is given back at once. So a request
/// of any number of records rents a handful of arrays. Not thread-safe.
/// </summary>
internal sealed class Arena<T>(int chunk) : IDisposable
{
    private readonly List<T[]> _arrays = [];
    private int _used;

    /// <summary>Room for <paramref name="length"/> items; only what is then kept by <see cref="Keep"/> stays taken.</summary>
    public Memory<T> Reserve(int length)
    {
        if (_arrays.Count == 0 || _arrays[^1].Length - _used < length)
        {
            _arrays.Add(ArrayPool<T>.Shared.Rent(Math.Max(length, chunk)));
            _used = 0;
        }

        return _arrays[^1].AsMemory(_used, length);
    }

    /// <summary>Keeps the first <paramref name="length"/> items of what was reserved last.</summary>
    public Memory<T> Keep(int length)
    {
        var kept = _arrays[^1].AsMemory(_used, length);
        _used += length;
        return kept;
    }

    /// <summary>Gives everything back; nothing that was handed out may be used any more.</summary>
    public void Clear()
    {
        foreach (var array in _arrays)
            ArrayPool<T>.Shared.Return(array, clearArray: System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>());

        _arrays.Clear();
        _used = 0;
    }

    public void Dispose() => Clear();
}
