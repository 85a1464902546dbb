using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Simulation.BlobLevel;

/// <summary>A store of files on a simulated disk, seeded calls to it, and what their callers know of every name.</summary>
internal sealed class BlobWorld
{
    private static readonly string[] Names = ["store", "roots/00", "roots/01", "segments/a/1", "segments/a/2", "segments/b/1", "a/b/c/d"];

    private readonly Random _random;
    private readonly Func<SimulatedDisk, IDisk> _through;
    private readonly Dictionary<string, byte[]?> _known = Names.ToDictionary(name => name, _ => (byte[]?)null, StringComparer.Ordinal);
    private FileBlobStore? _store;
    private (string Name, byte[]? Content)? _underWay;
    private ulong _numbers;

    /// <param name="seed">Of everything that is chosen.</param>
    /// <param name="through">What stands between the store and its disk: a planted defect, or nothing.</param>
    public BlobWorld(int seed, Func<SimulatedDisk, IDisk>? through = null) => (_random, _through) = (new Random(seed), through ?? (disk => disk));

    public SimulatedDisk Disk { get; private set; } = new();

    public int Crashes { get; private set; }

    public int Failures { get; private set; }

    public int UnknownOutcomes { get; private set; }

    public FileBlobStore Store => _store ??= Open(_through(Disk), ref _numbers);

    /// <summary>For every name the contents (null: none) that a crash at this moment may leave.</summary>
    public IReadOnlyDictionary<string, byte[]?[]> Expect() => _known.ToDictionary(
        known => known.Key,
        known => _underWay is { } call && call.Name == known.Key ? new[] { known.Value, call.Content } : [known.Value],
        StringComparer.Ordinal);

    /// <summary>One call, on one of the names.</summary>
    public void Step()
    {
        var name = Names[_random.Next(Names.Length)];
        var content = _random.Next(4) == 0 ? null : Content();
        if (content is null && _known[name] is null)
            content = Content();

        _underWay = (name, content);
        try
        {
            Call(new BlobName(name), content);
            _known[name] = content;
        }
        catch (BlobStoreException error) when (error.Kind == BlobStoreErrorKind.Unavailable)
        {
            // A disk that failed: the caller looks again in a store opened anew, and what it is shown is so from then on.
            Failures++;
            UnknownOutcomes += error.OutcomeUnknown ? 1 : 0;
            Reopen(Disk.AfterProcessDeath(), onlyKnown: !error.OutcomeUnknown);
        }

        _underWay = null;
    }

    /// <summary>The machine or the process dies between two calls, or in the middle of the last one.</summary>
    public void Crash()
    {
        Crashes++;
        Reopen(_random.Next(3) == 0 ? Disk.AfterProcessDeath() : Disk.Capture().Any(_random), onlyKnown: true);
    }

    /// <summary>Opens a disk as the next process would and compares; throws <see cref="BrokenPromiseException"/>. Returns what is there now for good.</summary>
    public static Dictionary<string, byte[]?> Judge(SimulatedDisk disk, IReadOnlyDictionary<string, byte[]?[]> expected, IDisk? through = null)
    {
        ulong numbers = 1 << 20;
        using var store = Open(through ?? disk, ref numbers);
        var found = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (var (name, allowed) in expected)
        {
            found[name] = Read(store, new BlobName(name));
            if (!allowed.Any(content => Same(content, found[name])))
                throw new BrokenPromiseException($"'{name}' holds {Say(found[name])}, and may hold only {string.Join(" or ", allowed.Select(Say))}.");
        }

        var listed = store.ListAsync("").AsTask().Result.Blobs.Select(blob => blob.Name.Value);
        if (!listed.SequenceEqual(found.Where(blob => blob.Value is not null).Select(blob => blob.Key).Order(StringComparer.Ordinal)))
            throw new BrokenPromiseException($"The listing is {string.Join(", ", listed)}.");

        var left = disk.Files().Where(file => file.Name.Contains('-', StringComparison.Ordinal)).Select(file => file.Name).FirstOrDefault();
        return left is null ? found : throw new BrokenPromiseException($"'{left}' was not swept.");
    }

    public static byte[]? Read(FileBlobStore store, BlobName name)
    {
        if (store.HeadAsync(name).AsTask().Result is not { } info)
            return null;

        var bytes = new byte[info.Length];
        store.ReadAsync(name, 0, bytes).AsTask().Result.Count.ShouldBe(bytes.Length);
        return bytes;
    }

    public static bool Same(byte[]? one, byte[]? other) => one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);

    private static string Say(byte[]? content) => content is null ? "nothing" : $"{content.Length} bytes of {(content.Length == 0 ? 0 : content[0])}";

    private static FileBlobStore Open(IDisk disk, ref ulong numbers)
    {
        var next = numbers += 1000;
        return FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = disk, NewNumber = () => ++next, OnCallersThread = true }).GetAwaiter().GetResult();
    }

    private void Call(BlobName name, byte[]? content)
    {
        if (content is null)
            Store.DeleteAsync(name).AsTask().GetAwaiter().GetResult();
        else if (_known[name.Value] is null)
            Store.PutIfAbsentAsync(name, new ReadOnlySequence<byte>(content)).AsTask().GetAwaiter().GetResult();
        else
            Store.ReplaceIfMatchAsync(name, new ReadOnlySequence<byte>(content), Store.HeadAsync(name).AsTask().Result!.Value.Version).AsTask().GetAwaiter().GetResult();
    }

    private void Reopen(SimulatedDisk disk, bool onlyKnown)
    {
        var expected = Expect();
        Disk = disk;
        _store = null;
        if (onlyKnown)
            expected = expected.ToDictionary(blob => blob.Key, blob => blob.Value[..1], StringComparer.Ordinal);

        foreach (var (name, content) in Judge(Disk, expected, _through(Disk)))
            _known[name] = content;
    }

    /// <summary>Up to three sectors behind the header, of one value, so that a mixture shows.</summary>
    private byte[] Content()
    {
        var bytes = new byte[_random.Next(3) * 512 + _random.Next(100)];
        bytes.AsSpan().Fill((byte)_random.Next(1, 256));
        return bytes;
    }
}
