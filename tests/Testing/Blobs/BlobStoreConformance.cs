using System.Buffers;
using System.Text;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Testing.Blobs;

/// <summary>Makes the store that a conformance suite examines. Has a constructor without parameters.</summary>
public interface IBlobStoreFactory
{
    /// <summary>A fresh, empty store.</summary>
    Task<IBlobStore> StartAsync();

    /// <summary>The same blobs as another process would open them; the same object where there cannot be one.</summary>
    Task<IBlobStore> OpenAgainAsync();

    /// <summary>Ends what was opened and removes what it left.</summary>
    Task StopAsync();
}

/// <summary>
/// What every <see cref="IBlobStore"/> must do, as scenarios. An implementation derives one sealed class from each suite in this namespace, giving its
/// factory; nothing else.
/// </summary>
public abstract class BlobStoreConformance<TFactory> : IAsyncLifetime
    where TFactory : IBlobStoreFactory, new()
{
    private readonly TFactory _factory = new();

    protected IBlobStore Store { get; private set; } = null!;

    /// <summary>Another process's view of the same blobs.</summary>
    protected IBlobStore Other { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Store = await _factory.StartAsync();
        Other = await _factory.OpenAgainAsync();
    }

    public Task DisposeAsync() => _factory.StopAsync();

    protected static BlobName Name(string name) => new(name);

    protected static ReadOnlySequence<byte> Text(string text) => new(Encoding.UTF8.GetBytes(text));

    protected Task<BlobVersion> PutAsync(string name, string text = "content") => Store.PutIfAbsentAsync(Name(name), Text(text)).AsTask();

    protected async Task PutAllAsync(params string[] names)
    {
        foreach (var name in names)
            await PutAsync(name, name);
    }

    /// <summary>The whole content as text, or null if there is no such blob.</summary>
    protected static async Task<string?> TextOfAsync(IBlobStore store, string name)
    {
        if (await store.HeadAsync(Name(name)) is not { } info)
            return null;

        var bytes = new byte[info.Length];
        var range = await store.ReadAsync(Name(name), 0, bytes);
        range.ShouldBe(new BlobRange(bytes.Length, bytes.Length, info.Version));
        return Encoding.UTF8.GetString(bytes);
    }

    protected async Task<string[]> NamesAsync(string prefix = "", int limit = BlobPage.MaxLimit)
    {
        var names = new List<string>();
        string? continuation = null;
        do
        {
            var page = await Store.ListAsync(prefix, continuation, limit);
            page.Blobs.Count.ShouldBeLessThanOrEqualTo(limit);
            names.AddRange(page.Blobs.Select(blob => blob.Name.Value));
            continuation = page.Continuation;
        }
        while (continuation is not null);

        return [.. names];
    }

    /// <summary>A conditional deletion as a call with a result, which it does not have.</summary>
    protected static async ValueTask<bool> DeleteIfMatchAsync(IBlobStore store, string name, BlobVersion expected)
    {
        await store.DeleteIfMatchAsync(Name(name), expected);
        return true;
    }

    /// <summary>Asserts that a call fails with this kind, certainly without an effect.</summary>
    protected static async Task ShouldFailAsync<T>(BlobStoreErrorKind kind, Func<ValueTask<T>> call)
    {
        var error = await Should.ThrowAsync<BlobStoreException>(async () => await call());
        error.Kind.ShouldBe(kind, error.Message);
        error.OutcomeUnknown.ShouldBeFalse();
        error.Retryable.ShouldBeFalse();
        error.Message.ShouldNotBeNullOrWhiteSpace();
    }

    /// <summary>Bytes in pieces of 64 KiB, as a builder of large blobs hands them over; every place has its own value.</summary>
    protected static ReadOnlySequence<byte> Pieces(int length)
    {
        var first = new Piece(Pattern(0, Math.Min(length, Piece.Size)), 0);
        var last = first;
        for (var offset = Piece.Size; offset < length; offset += Piece.Size)
            last = last.Append(Pattern(offset, Math.Min(length - offset, Piece.Size)));

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    protected static byte[] Pattern(long offset, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)(((offset + i) * 2654435761) >> 13);

        return bytes;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public const int Size = 64 * 1024;

        public Piece(byte[] bytes, long start) => (Memory, RunningIndex) = (bytes, start);

        public Piece Append(byte[] bytes)
        {
            var next = new Piece(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
