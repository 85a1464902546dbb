using System.Buffers;
using System.Collections.Concurrent;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Testing.Blobs;

/// <summary>A store that counts what is asked of the one behind it, by the first part of the names. Safe for use by several threads.</summary>
/// <param name="inner">Keeps the blobs.</param>
public sealed class CountingBlobStore(IBlobStore inner) : IBlobStore
{
    private readonly ConcurrentDictionary<(BlobCall Call, string Folder), long> _calls = new();
    private long _bytesPut;

    /// <summary>Bytes of blobs that were put or replaced.</summary>
    public long BytesPut => Interlocked.Read(ref _bytesPut);

    /// <summary>Calls of one kind for names that begin with the folder; for all names if it is empty.</summary>
    public long Count(BlobCall call, string folder = "") =>
        _calls.Where(entry => entry.Key.Call == call && (folder.Length == 0 || entry.Key.Folder == folder)).Sum(static entry => entry.Value);

    /// <inheritdoc/>
    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default)
    {
        Interlocked.Add(ref _bytesPut, content.Length);
        Add(BlobCall.Put, name.Value);
        return inner.PutIfAbsentAsync(name, content, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobVersion> ReplaceIfMatchAsync(
        BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        Interlocked.Add(ref _bytesPut, content.Length);
        Add(BlobCall.Replace, name.Value);
        return inner.ReplaceIfMatchAsync(name, content, expected, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        Add(BlobCall.Head, name.Value);
        return inner.HeadAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        Add(BlobCall.Read, name.Value);
        return inner.ReadAsync(name, offset, destination, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobPage> ListAsync(
        string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        Add(BlobCall.List, prefix);
        return inner.ListAsync(prefix, continuation, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        Add(BlobCall.Delete, name.Value);
        return inner.DeleteAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        Add(BlobCall.DeleteIfMatch, name.Value);
        return inner.DeleteIfMatchAsync(name, expected, cancellationToken);
    }

    private void Add(BlobCall call, string name) => _calls.AddOrUpdate((call, name.Split('/')[0]), 1, static (_, count) => count + 1);
}
