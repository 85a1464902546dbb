using System.Buffers;
using System.Globalization;
using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Tests.Blobs;

/// <summary>
/// The other process of <see cref="BlobProcessTests"/>: this assembly, started as a program. Counts a number up by conditions and puts names that others put
/// too, and says so after each success, until its input ends or it is killed.
/// </summary>
internal static class BlobRacer
{
    public const string Verb = "race-blobs";
    public const int MaxRounds = 5_000;

    private static readonly BlobName Counter = new("roots/00");

    /// <summary>The entry point; the test host does not use it.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [Verb, var directory, var id])
            return 2;

        var ended = Task.Run(Console.In.ReadToEnd);
        using var store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(directory) });
        Say("ready");
        for (var round = 0; round < MaxRounds && !ended.IsCompleted; round++)
        {
            if (await TryAsync(CountAsync(store), BlobStoreErrorKind.ConditionFailed))
                Say("counted");

            if (await TryAsync(store.PutIfAbsentAsync(NameOf(round), Bytes($"{id} {new string('x', 20_000)}")), BlobStoreErrorKind.Exists))
                Say($"put {round}");
        }

        return 0;
    }

    public static BlobName NameOf(int round) => new(string.Create(CultureInfo.InvariantCulture, $"segments/{round % 3}/{round:x16}"));

    public static async Task<int> CountOfAsync(IBlobStore store) => (await ReadAsync(store)).Count;

    public static ValueTask<BlobVersion> BeginAsync(IBlobStore store) => store.PutIfAbsentAsync(Counter, Bytes("0"));

    private static async ValueTask<BlobVersion> CountAsync(FileBlobStore store)
    {
        var (count, version) = await ReadAsync(store);
        return await store.ReplaceIfMatchAsync(Counter, Bytes((count + 1).ToString(CultureInfo.InvariantCulture)), version);
    }

    private static async Task<(int Count, BlobVersion Version)> ReadAsync(IBlobStore store)
    {
        var buffer = new byte[20];
        var range = await store.ReadAsync(Counter, 0, buffer);
        return (int.Parse(Encoding.ASCII.GetString(buffer, 0, range.Count), CultureInfo.InvariantCulture), range.Version);
    }

    private static async Task<bool> TryAsync(ValueTask<BlobVersion> call, BlobStoreErrorKind refusal)
    {
        try
        {
            await call;
            return true;
        }
        catch (BlobStoreException error) when (error.Kind == refusal)
        {
            return false;
        }
    }

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.ASCII.GetBytes(text));

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
