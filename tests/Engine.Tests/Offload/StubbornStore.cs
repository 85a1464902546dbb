using System.Buffers;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Tests.Offload;

/// <summary>A store that does to a call what a test wants, before or after it has happened.</summary>
internal sealed class StubbornStore(IBlobStore inner) : IBlobStore
{
    /// <summary>Called with the kind of call and the name before it is made; may throw.</summary>
    public Action<string, string>? Before { get; set; }

    /// <summary>Called after a write has happened; may throw, and the caller does not learn of it.</summary>
    public Action<string, string>? After { get; set; }

    /// <summary>Called with the name before a replacement is made, which waits for it.</summary>
    public Func<string, Task>? Hold { get; set; }

    /// <summary>What is written instead of what the caller gave.</summary>
    public Func<string, byte[], byte[]>? Spoil { get; set; }

    /// <summary>Called with the name of what is read: is a bit of it to be flipped on its way?</summary>
    public Func<string, bool>? Misreads { get; set; }

    public static BlobStoreException Away(bool unknown = false) => new(BlobStoreErrorKind.Unavailable, "away", unknown);

    public async ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default)
    {
        Before?.Invoke("put", name.Value);
        var version = await inner.PutIfAbsentAsync(name, Spoiled(name, content), cancellationToken);
        After?.Invoke("put", name.Value);
        return version;
    }

    public async ValueTask<BlobVersion> ReplaceIfMatchAsync(BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        Before?.Invoke("replace", name.Value);
        if (Hold is { } hold)
            await hold(name.Value);

        var version = await inner.ReplaceIfMatchAsync(name, Spoiled(name, content), expected, cancellationToken);
        After?.Invoke("replace", name.Value);
        return version;
    }

    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        Before?.Invoke("head", name.Value);
        return inner.HeadAsync(name, cancellationToken);
    }

    public async ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        Before?.Invoke("read", name.Value);
        var read = await inner.ReadAsync(name, offset, destination, cancellationToken);
        if (read.Count > 0 && Misreads?.Invoke(name.Value) == true)
            destination.Span[read.Count / 2] ^= 1;

        return read;
    }

    public ValueTask<BlobPage> ListAsync(string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        Before?.Invoke("list", prefix);
        return inner.ListAsync(prefix, continuation, limit, cancellationToken);
    }

    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        Before?.Invoke("delete", name.Value);
        return inner.DeleteAsync(name, cancellationToken);
    }

    public ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        Before?.Invoke("delete", name.Value);
        return inner.DeleteIfMatchAsync(name, expected, cancellationToken);
    }

    private ReadOnlySequence<byte> Spoiled(BlobName name, ReadOnlySequence<byte> content) =>
        Spoil is null ? content : new ReadOnlySequence<byte>(Spoil(name.Value, content.ToArray()));
}
