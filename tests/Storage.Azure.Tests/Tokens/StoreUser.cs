using System.Buffers;
using System.Text;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.AzureStorage.Tests.Tokens;

/// <summary>
/// A process that uses the store at an address as a silo would, with nothing but its environment to tell it how to get there, and says what it was answered. Its exit code is 0, or 1 if the
/// store does not do what it is asked.
/// </summary>
internal static class StoreUser
{
    public static async Task<int> Main(string[] arguments)
    {
        try
        {
            await UseAsync(await new BlobStoreLocation { Kind = "azure", ServiceUri = new Uri(arguments[0]), Container = "used-with-a-token" }.OpenAsync());
            return 0;
        }
        catch (BlobStoreException error)
        {
            Console.WriteLine($"{error.Kind}, outcome {(error.OutcomeUnknown ? "unknown" : "known")}: {error.Message}");
            return 1;
        }
    }

    private static async Task UseAsync(IBlobStore store)
    {
        var (first, second) = (new BlobName("a/1"), new BlobName("a/2"));
        var version = await store.PutIfAbsentAsync(first, Content("first"));
        await SayRefusedAsync("put", () => store.PutIfAbsentAsync(first, Content("another")));
        await store.PutIfAbsentAsync(second, Content("second"));
        await store.ReplaceIfMatchAsync(first, Content("0123456789"), version);
        await SayRefusedAsync("replace", () => store.ReplaceIfMatchAsync(first, Content("late"), version));
        var range = new byte[4];
        var read = await store.ReadAsync(first, 3, range);
        Console.WriteLine($"read: {Encoding.ASCII.GetString(range, 0, read.Count)} of {read.Length}");
        var list = await store.ListAsync("a/");
        Console.WriteLine($"list: {string.Join(' ', list.Blobs.Select(static blob => blob.Name.Value))}");
        Console.WriteLine($"delete: {await store.DeleteAsync(first)}, again: {await store.DeleteAsync(first)}");
        Console.WriteLine($"left: {string.Join(' ', (await store.ListAsync(string.Empty)).Blobs.Select(static blob => blob.Name.Value))}");
    }

    private static async Task SayRefusedAsync(string what, Func<ValueTask<BlobVersion>> call)
    {
        try
        {
            await call();
            Console.WriteLine($"{what}: taken");
        }
        catch (BlobStoreException error)
        {
            Console.WriteLine($"{what}: {error.Kind}");
        }
    }

    private static ReadOnlySequence<byte> Content(string text) => new(Encoding.ASCII.GetBytes(text));
}
