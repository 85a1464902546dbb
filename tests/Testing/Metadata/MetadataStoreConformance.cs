using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Testing.Metadata;

/// <summary>Makes the store that a conformance suite examines. Has a constructor without parameters.</summary>
public interface IMetadataStoreFactory
{
    /// <summary>The pause between any two rounds of a watcher, on the clock that was given.</summary>
    TimeSpan WatchPause { get; }

    /// <summary>A fresh, empty store.</summary>
    Task<IMetadataStore> StartAsync(TimeProvider time);

    /// <summary>The same values as another process would open them.</summary>
    Task<IMetadataStore> OpenAgainAsync(TimeProvider time);

    /// <summary>Ends what was opened and removes what it left.</summary>
    Task StopAsync();
}

/// <summary>Metadata over the blobs of a store that has a suite of its own.</summary>
public sealed class BlobMetadataFactory<TBlobs> : IMetadataStoreFactory
    where TBlobs : IBlobStoreFactory, new()
{
    private readonly TBlobs _blobs = new();

    /// <inheritdoc/>
    public TimeSpan WatchPause { get; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<IMetadataStore> StartAsync(TimeProvider time) => Over(await _blobs.StartAsync(), time);

    /// <inheritdoc/>
    public async Task<IMetadataStore> OpenAgainAsync(TimeProvider time) => Over(await _blobs.OpenAgainAsync(), time);

    /// <inheritdoc/>
    public Task StopAsync() => _blobs.StopAsync();

    private BlobMetadataStore Over(IBlobStore blobs, TimeProvider time) =>
        new(blobs, new BlobMetadataStoreOptions { Cluster = "Test-1", Time = time, WatchPause = WatchPause, WatchPauseMax = WatchPause });
}

/// <summary>
/// What every <see cref="IMetadataStore"/> must do, as scenarios. An implementation derives one sealed class from each suite in this namespace, giving its
/// factory; nothing else.
/// </summary>
public abstract class MetadataStoreConformance<TFactory> : IAsyncLifetime
    where TFactory : IMetadataStoreFactory, new()
{
    private readonly TFactory _factory = new();

    protected ManualTimeProvider Clock { get; } = new();

    protected TimeSpan WatchPause => _factory.WatchPause;

    protected IMetadataStore Store { get; private set; } = null!;

    /// <summary>Another process's view of the same values.</summary>
    protected IMetadataStore Other { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Store = await _factory.StartAsync(Clock);
        Other = await _factory.OpenAgainAsync(Clock);
    }

    public Task DisposeAsync() => _factory.StopAsync();

    protected static MetadataKey Key(string key) => new(key);

    protected static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    protected static string TextOf(MetadataEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    protected static async Task<string?> TextOfAsync(IMetadataStore store, string key) => await store.GetAsync(Key(key)) is { } entry ? TextOf(entry) : null;

    protected async Task<string[]> ListAsync(string prefix)
    {
        var found = new List<string>();
        await foreach (var entry in Store.ListAsync(prefix))
            found.Add($"{entry.Key}={TextOf(entry)}");

        return [.. found.Order(StringComparer.Ordinal)];
    }

    /// <summary>Asserts that a change is refused as a conflict.</summary>
    protected static async Task ShouldConflictAsync(Func<ValueTask> change)
    {
        var error = await Should.ThrowAsync<MetadataStoreException>(async () => await change());
        error.Kind.ShouldBe(MetadataErrorKind.Conflict, error.Message);
    }

    protected static Func<ValueTask> Create(IMetadataStore store, string key) => async () => await store.CreateAsync(Key(key), Text("refused"));

    protected static Func<ValueTask> Replace(IMetadataStore store, string key, MetadataVersion expected) =>
        async () => await store.ReplaceAsync(Key(key), Text("refused"), expected);

    protected static Func<ValueTask> Delete(IMetadataStore store, string key, MetadataVersion expected) => () => store.DeleteAsync(Key(key), expected);
}
