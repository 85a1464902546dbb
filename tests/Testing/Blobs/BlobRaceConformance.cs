using System.Buffers;
using System.Globalization;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Testing.Blobs;

/// <summary>Several at once, half of them as another process.</summary>
public abstract class BlobRaceConformance<TFactory> : BlobStoreConformance<TFactory>
    where TFactory : IBlobStoreFactory, new()
{
    private const int Writers = 8;
    private const int Rounds = 5;

    [Fact]
    public async Task Of_several_who_put_one_name_exactly_one_gets_it()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var name = Name($"race/{round}");
            var winner = await OnlyOneAsync(BlobStoreErrorKind.Exists, (store, writer) => store.PutIfAbsentAsync(name, Text($"writer {writer}")));

            (await TextOfAsync(Store, name.Value)).ShouldBe($"writer {winner.Writer}");
            (await Other.HeadAsync(name))!.Value.Version.ShouldBe(winner.Version);
        }
    }

    [Fact]
    public async Task Of_several_who_replace_one_version_exactly_one_does()
    {
        var name = Name("roots/00");
        var version = await PutAsync(name.Value, "begin");
        for (var round = 0; round < Rounds; round++)
        {
            var expected = version;
            var winner = await OnlyOneAsync(
                BlobStoreErrorKind.ConditionFailed, (store, writer) => store.ReplaceIfMatchAsync(name, Text($"writer {writer}"), expected));

            version = winner.Version;
            (await TextOfAsync(Other, name.Value)).ShouldBe($"writer {winner.Writer}");
            (await Store.HeadAsync(name))!.Value.Version.ShouldBe(version);
        }
    }

    [Fact]
    public async Task Of_several_who_replace_or_delete_one_version_exactly_one_does()
    {
        var name = Name("members/a");
        for (var round = 0; round < Rounds; round++)
        {
            var expected = await PutAsync(name.Value, "begin");
            var winner = await OnlyOneAsync(BlobStoreErrorKind.ConditionFailed, async (store, writer) =>
            {
                if (writer % 4 < 2)
                    return await store.ReplaceIfMatchAsync(name, Text($"writer {writer}"), expected);

                await store.DeleteIfMatchAsync(name, expected);
                return default;
            });

            (await TextOfAsync(Other, name.Value)).ShouldBe(winner.Writer % 4 < 2 ? $"writer {winner.Writer}" : null);
            await Store.DeleteAsync(name);
        }
    }

    [Fact]
    public async Task A_number_that_many_count_up_by_conditions_loses_no_step()
    {
        const int Steps = 15;
        await PutAsync("counter", "0");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var done = 0; done < Steps;)
            {
                if (await TryCountAsync(writer % 2 == 0 ? Store : Other))
                    done++;
            }
        })));

        (await TextOfAsync(Store, "counter")).ShouldBe((4 * Steps).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_reader_sees_one_content_or_another_and_never_a_mixture()
    {
        const int Length = 100_000;
        var name = Name("roots/00");
        var version = await Store.PutIfAbsentAsync(name, Filled(0, Length));
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(reader => Task.Run(async () =>
        {
            var reads = 0;
            for (var buffer = new byte[Length + 50]; !done.IsCancellationRequested || reads == 0; reads++)
            {
                var range = await (reader % 2 == 0 ? Store : Other).ReadAsync(name, 0, buffer);
                range.Count.ShouldBe(Length + buffer[0]);
                range.Length.ShouldBe(range.Count);
                buffer.AsSpan(0, range.Count).ContainsAnyExcept(buffer[0]).ShouldBeFalse();
            }
        })).ToArray();

        for (byte step = 1; step <= 30; step++)
            version = await Other.ReplaceIfMatchAsync(name, Filled(step, Length + step), version);

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task A_name_is_put_and_deleted_by_turns_however_many_try()
    {
        var turns = new int[2];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var store = writer % 2 == 0 ? Store : Other;
            for (var i = 0; i < 10; i++)
            {
                if (await TryPutAsync(store))
                    Interlocked.Increment(ref turns[0]);

                if (await store.DeleteAsync(Name("turn")))
                    Interlocked.Increment(ref turns[1]);
            }
        })));

        var left = await Store.HeadAsync(Name("turn")) is null ? 0 : 1;
        turns[0].ShouldBe(turns[1] + left);
        turns[0].ShouldBeGreaterThan(0);
    }

    private async Task<(int Writer, BlobVersion Version)> OnlyOneAsync(BlobStoreErrorKind refusal, Func<IBlobStore, int, ValueTask<BlobVersion>> write)
    {
        var versions = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            try
            {
                return (BlobVersion?)await write(writer % 2 == 0 ? Store : Other, writer);
            }
            catch (BlobStoreException error) when (error.Kind == refusal && !error.OutcomeUnknown)
            {
                return null;
            }
        })));
        versions.Count(version => version is not null).ShouldBe(1);
        var winner = Array.FindIndex(versions, version => version is not null);
        return (winner, versions[winner]!.Value);
    }

    private static async Task<bool> TryCountAsync(IBlobStore store)
    {
        var buffer = new byte[20];
        var range = await store.ReadAsync(Name("counter"), 0, buffer);
        var next = int.Parse(System.Text.Encoding.UTF8.GetString(buffer, 0, range.Count), CultureInfo.InvariantCulture) + 1;
        try
        {
            await store.ReplaceIfMatchAsync(Name("counter"), Text(next.ToString(CultureInfo.InvariantCulture)), range.Version);
            return true;
        }
        catch (BlobStoreException error) when (error.Kind == BlobStoreErrorKind.ConditionFailed)
        {
            return false;
        }
    }

    private static async Task<bool> TryPutAsync(IBlobStore store)
    {
        try
        {
            await store.PutIfAbsentAsync(Name("turn"), Text("x"));
            return true;
        }
        catch (BlobStoreException error) when (error.Kind == BlobStoreErrorKind.Exists)
        {
            return false;
        }
    }

    private static ReadOnlySequence<byte> Filled(byte value, int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return new ReadOnlySequence<byte>(bytes);
    }
}
