using System.Buffers;
using Orleans.Log.Api.Endpoints.Bodies;

namespace Orleans.Log.Api.Endpoints.Sessions;

/// <summary>
/// Batches of one session that go to the log as one: what came together and has no condition of its own costs the log one append instead of many,
/// and all or nothing is more than its caller asked for. Refers to the bytes where they lie, until <see cref="Clear"/>. Not thread-safe.
/// </summary>
internal sealed class AppendGroup : IDisposable
{
    /// <summary>Bytes beyond which batches are not put together: little enough to be refused and repeated as a whole, and never more records than a batch may have.</summary>
    private const int MaxBytes = 128 * 1024;

    private readonly BatchBuilder _records = new();
    private readonly List<int> _ends = [];

    /// <summary>Batches so far.</summary>
    public int Count => _ends.Count;

    /// <summary>Of each batch, the number of records up to its end.</summary>
    public IReadOnlyList<int> Ends => _ends;

    /// <summary>All of it.</summary>
    public RecordBatch All => _records.Batch;

    /// <summary>One of the batches, from 0.</summary>
    public RecordBatch this[int index] => _records.Part(index == 0 ? 0 : _ends[index - 1], _ends[index]);

    /// <summary>Whether a batch of so many bytes may come to those that are here.</summary>
    public bool HasRoomFor(long bytes) => Count == 0 || _records.SizeBytes + bytes <= MaxBytes;

    /// <summary>Adds a batch; throws, and has nothing of it, if it cannot be understood or breaks a limit.</summary>
    public void Add(in ReadOnlySequence<byte> body)
    {
        var (count, size) = (_records.Count, _records.SizeBytes);
        try
        {
            PlainBodies.ReadFrames(body, _records);
        }
        catch
        {
            _records.GoBack(count, size);
            throw;
        }

        _ends.Add(_records.Count);
    }

    public void Clear()
    {
        _records.Clear();
        _ends.Clear();
    }

    public void Dispose() => _records.Dispose();
}
