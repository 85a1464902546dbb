using System.Globalization;
using Orleans.Log.Engine.Metadata;

namespace Orleans.Log.Testing.Metadata;

/// <summary>Creating, replacing, deleting and listing, also by several at once.</summary>
public abstract class MetadataChangeConformance<TFactory> : MetadataStoreConformance<TFactory>
    where TFactory : IMetadataStoreFactory, new()
{
    [Fact]
    public async Task A_value_that_was_created_is_there_for_everybody()
    {
        var version = await Store.CreateAsync(Key("nodes/a"), Text("hello"));

        var entry = (await Other.GetAsync(Key("nodes/a"))).ShouldNotBeNull();
        TextOf(entry).ShouldBe("hello");
        entry.Key.ShouldBe(Key("nodes/a"));
        entry.Version.ShouldBe(version);
        (await Store.GetAsync(Key("nodes/b"))).ShouldBeNull();
    }

    [Fact]
    public async Task A_key_that_has_a_value_cannot_be_created_and_keeps_it()
    {
        var version = await Store.CreateAsync(Key("nodes/a"), Text("first"));

        await ShouldConflictAsync(Create(Other, "nodes/a"));
        await ShouldConflictAsync(Create(Store, "nodes/a"));

        (await TextOfAsync(Store, "nodes/a")).ShouldBe("first");
        (await Store.GetAsync(Key("nodes/a")))!.Version.ShouldBe(version);
    }

    [Fact]
    public async Task Only_the_present_version_can_be_replaced()
    {
        var old = await Store.CreateAsync(Key("nodes/a"), Text("old"));
        var present = await Other.ReplaceAsync(Key("nodes/a"), Text("present"), old);
        var elsewhere = await Store.CreateAsync(Key("nodes/b"), Text("elsewhere"));
        present.ShouldNotBe(old);

        foreach (var wrong in new[] { old, default, new MetadataVersion("1-0000000000000000"), new MetadataVersion("*") })
            await ShouldConflictAsync(Replace(Store, "nodes/a", wrong));

        await ShouldConflictAsync(Replace(Store, "nodes/never", elsewhere));
        (await TextOfAsync(Other, "nodes/a")).ShouldBe("present");
        (await TextOfAsync(Other, "nodes/never")).ShouldBeNull();
    }

    [Fact]
    public async Task Only_the_present_version_can_be_deleted_and_it_never_comes_back()
    {
        var old = await Store.CreateAsync(Key("nodes/a"), Text("same"));
        var present = await Store.ReplaceAsync(Key("nodes/a"), Text("same"), old);

        await ShouldConflictAsync(Delete(Other, "nodes/a", old));
        (await TextOfAsync(Store, "nodes/a")).ShouldBe("same");
        await Other.DeleteAsync(Key("nodes/a"), present);
        (await Store.GetAsync(Key("nodes/a"))).ShouldBeNull();
        await ShouldConflictAsync(Delete(Store, "nodes/a", present));
        await ShouldConflictAsync(Delete(Store, "nodes/never", present));

        (await Store.CreateAsync(Key("nodes/a"), Text("same"))).ShouldNotBe(present);
        await ShouldConflictAsync(Replace(Other, "nodes/a", present));
        await ShouldConflictAsync(Delete(Other, "nodes/a", present));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(MetadataEntry.MaxValueLength)]
    public async Task Values_of_every_length_come_back_byte_for_byte(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var version = await Store.CreateAsync(Key("nodes/a"), bytes);
        (await Other.GetAsync(Key("nodes/a")))!.Value.ToArray().ShouldBe(bytes);

        await Store.ReplaceAsync(Key("nodes/a"), Text("short"), version);
        (await TextOfAsync(Other, "nodes/a")).ShouldBe("short");
    }

    [Fact]
    public async Task A_value_that_is_too_long_is_refused_and_changes_nothing()
    {
        var version = await Store.CreateAsync(Key("nodes/a"), Text("present"));
        var tooLong = new byte[MetadataEntry.MaxValueLength + 1];

        await Should.ThrowAsync<ArgumentException>(async () => await Store.CreateAsync(Key("nodes/b"), tooLong));
        await Should.ThrowAsync<ArgumentException>(async () => await Store.ReplaceAsync(Key("nodes/a"), tooLong, version));
        (await ListAsync("nodes/")).ShouldBe(["nodes/a=present"]);
    }

    [Fact]
    public async Task Keys_may_be_any_names_that_people_give()
    {
        string[] keys =
        [
            "streams/a", "streams/A", "streams/a/b", "streams/../../etc/passwd", "streams/con", "streams/a.", "streams/%2e%2e", "streams/-", "streams//",
            "streams/" + new string('x', MetadataKey.MaxLength - "streams/".Length), "streams-2/a", "stream/s/a",
        ];
        foreach (var key in keys)
            await Store.CreateAsync(Key(key), Text(key));

        foreach (var key in keys)
            (await TextOfAsync(Other, key)).ShouldBe(key);

        (await ListAsync("streams/")).ShouldBe(keys.Where(key => key.StartsWith("streams/", StringComparison.Ordinal)).Select(key => $"{key}={key}").Order(StringComparer.Ordinal));
        (await ListAsync("streams/a")).ShouldBe(["streams/a.=streams/a.", "streams/a/b=streams/a/b", "streams/a=streams/a"]);
        (await ListAsync("nothing/")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_few_hundred_values_are_listed_once_each()
    {
        const int Count = 200;
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), async (i, _) => await Store.CreateAsync(Key($"nodes/{i}"), Text($"{i}")));

        (await ListAsync("nodes/")).ShouldBe(Enumerable.Range(0, Count).Select(i => $"nodes/{i}={i}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_several_who_create_replace_or_delete_under_one_condition_exactly_one_does()
    {
        const int Rounds = 5;
        for (var round = 0; round < Rounds; round++)
        {
            var key = Key($"leaders/{round}");
            var created = await OnlyOneAsync((store, writer) => store.CreateAsync(key, Text($"{writer}")));
            (await TextOfAsync(Other, key.Value)).ShouldBe($"{created.Writer}");

            var replaced = await OnlyOneAsync(async (store, writer) =>
            {
                if (writer % 4 > 1)
                    return await store.ReplaceAsync(key, Text($"{writer}"), created.Version);

                await store.DeleteAsync(key, created.Version);
                return default;
            });
            (await TextOfAsync(Store, key.Value)).ShouldBe(replaced.Writer % 4 > 1 ? $"{replaced.Writer}" : null);
        }
    }

    [Fact]
    public async Task A_number_that_many_count_up_by_conditions_loses_no_step()
    {
        const int Steps = 15;
        await Store.CreateAsync(Key("counters/a"), Text("0"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var done = 0; done < Steps;)
                done += await TryCountAsync(writer % 2 == 0 ? Store : Other) ? 1 : 0;
        })));

        (await TextOfAsync(Store, "counters/a")).ShouldBe($"{4 * Steps}");
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_has_no_effect()
    {
        var version = await Store.CreateAsync(Key("nodes/a"), Text("before"));
        var cancelled = new CancellationToken(canceled: true);

        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.CreateAsync(Key("nodes/b"), Text("x"), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.ReplaceAsync(Key("nodes/a"), Text("x"), version, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.DeleteAsync(Key("nodes/a"), version, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.GetAsync(Key("nodes/a"), cancelled));
        (await ListAsync("nodes/")).ShouldBe(["nodes/a=before"]);
    }

    [Fact]
    public async Task What_is_no_key_and_no_prefix_is_refused()
    {
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.GetAsync(default));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.CreateAsync(default, Text("x")));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.DeleteAsync(default, default));
        Should.Throw<ArgumentException>(() => Store.ListAsync(""));
        Should.Throw<ArgumentException>(() => Store.WatchAsync("nodes"));
    }

    private async Task<(int Writer, MetadataVersion Version)> OnlyOneAsync(Func<IMetadataStore, int, ValueTask<MetadataVersion>> change)
    {
        const int Writers = 8;
        var versions = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            try
            {
                return (MetadataVersion?)await change(writer % 2 == 0 ? Store : Other, writer);
            }
            catch (MetadataStoreException error) when (error.Kind == MetadataErrorKind.Conflict)
            {
                return null;
            }
        })));
        var winner = Array.FindIndex(versions, version => version is not null);
        versions.Count(version => version is not null).ShouldBe(1);
        return (winner, versions[winner]!.Value);
    }

    private static async Task<bool> TryCountAsync(IMetadataStore store)
    {
        var present = (await store.GetAsync(Key("counters/a")))!;
        var next = int.Parse(TextOf(present), CultureInfo.InvariantCulture) + 1;
        try
        {
            await store.ReplaceAsync(present.Key, Text(next.ToString(CultureInfo.InvariantCulture)), present.Version);
            return true;
        }
        catch (MetadataStoreException error) when (error.Kind == MetadataErrorKind.Conflict)
        {
            return false;
        }
    }
}
