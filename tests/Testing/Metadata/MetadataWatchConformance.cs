using Orleans.Log.Engine.Metadata;

namespace Orleans.Log.Testing.Metadata;

/// <summary>Watching.</summary>
public abstract class MetadataWatchConformance<TFactory> : MetadataStoreConformance<TFactory>
    where TFactory : IMetadataStoreFactory, new()
{
    [Fact]
    public async Task A_watcher_is_told_first_what_is_there_and_then_each_change_that_anybody_makes()
    {
        await Store.CreateAsync(Key("nodes/a"), Text("there"));
        await using var watch = Store.WatchAsync("nodes/").GetAsyncEnumerator();
        (await NextAsync(watch)).ShouldBe("nodes/a=there");

        var created = await Other.CreateAsync(Key("nodes/b"), Text("new"));
        (await NextAsync(watch)).ShouldBe("nodes/b=new");

        var replaced = await Other.ReplaceAsync(Key("nodes/b"), Text("newer"), created);
        (await NextAsync(watch)).ShouldBe("nodes/b=newer");

        await Other.DeleteAsync(Key("nodes/b"), replaced);
        (await NextAsync(watch)).ShouldBe("nodes/b gone");

        await Other.CreateAsync(Key("nodes/b"), Text("new"));
        (await NextAsync(watch)).ShouldBe("nodes/b=new");
    }

    [Fact]
    public async Task A_watcher_is_told_the_same_bytes_again_when_they_were_written_again()
    {
        var version = await Store.CreateAsync(Key("nodes/a"), Text("same"));
        await using var watch = Store.WatchAsync("nodes/").GetAsyncEnumerator();
        await NextAsync(watch);

        var again = await Store.ReplaceAsync(Key("nodes/a"), Text("same"), version);
        (await NextAsync(watch)).ShouldBe("nodes/a=same");
        watch.Current.Entry!.Version.ShouldBe(again);
    }

    [Fact]
    public async Task Of_several_changes_between_two_rounds_the_last_one_is_told()
    {
        await using var watch = Store.WatchAsync("nodes/").GetAsyncEnumerator();
        var version = await Other.CreateAsync(Key("nodes/a"), Text("0"));
        (await NextAsync(watch)).ShouldBe("nodes/a=0");

        // The watcher stands at its consumer: nothing is asked until it is asked for more.
        for (var i = 1; i <= 3; i++)
            version = await Other.ReplaceAsync(Key("nodes/a"), Text($"{i}"), version);

        (await NextAsync(watch)).ShouldBe("nodes/a=3");
    }

    [Fact]
    public async Task A_watcher_hears_nothing_of_other_prefixes()
    {
        await Store.CreateAsync(Key("nodes/b1"), Text("no"));
        await Store.CreateAsync(Key("streams/a"), Text("no"));
        var version = await Store.CreateAsync(Key("nodes/b2"), Text("no"));
        await using var watch = Store.WatchAsync("nodes/a").GetAsyncEnumerator();
        await Store.DeleteAsync(Key("nodes/b2"), version);
        await Store.CreateAsync(Key("nodes/a1"), Text("yes"));

        (await NextAsync(watch)).ShouldBe("nodes/a1=yes");
        await Store.CreateAsync(Key("nodes/b3"), Text("no"));
        await Store.CreateAsync(Key("nodes/a"), Text("yes"));
        (await NextAsync(watch)).ShouldBe("nodes/a=yes");
    }

    [Fact]
    public async Task A_watcher_that_waits_can_be_cancelled()
    {
        using var cancelling = new CancellationTokenSource();
        await using var watch = Store.WatchAsync("nodes/", cancelling.Token).GetAsyncEnumerator();
        var armed = Clock.TimerArmedAsync(WatchPause);
        var next = watch.MoveNextAsync().AsTask();
        await armed;
        await cancelling.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => next);
    }

    /// <summary>The next change as text; lets the clock move on whenever the watcher waits for it.</summary>
    private async Task<string> NextAsync(IAsyncEnumerator<MetadataChange> watch)
    {
        var next = watch.MoveNextAsync().AsTask();
        while (true)
        {
            var armed = Clock.TimerArmedAsync(WatchPause);
            if (await Task.WhenAny(next, armed) == next)
                break;

            Clock.Advance(WatchPause);
        }

        (await next).ShouldBeTrue();
        return watch.Current.Entry is { } entry ? $"{watch.Current.Key}={TextOf(entry)}" : $"{watch.Current.Key} gone";
    }
}
