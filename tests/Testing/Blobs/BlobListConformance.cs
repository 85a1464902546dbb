using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Testing.Blobs;

/// <summary>Listing.</summary>
public abstract class BlobListConformance<TFactory> : BlobStoreConformance<TFactory>
    where TFactory : IBlobStoreFactory, new()
{
    /// <summary>In ordinal order, with characters below and above the slash beside it.</summary>
    private static readonly string[] Names =
        ["a", "a-b", "a.b", "a/1", "a/10", "a/2", "a/b-/x", "a/b.x", "a/b/c/d", "a0", "ab", "ab/c", "b/a/a", "b/a/b", "store"];

    [Fact]
    public async Task Names_come_in_ordinal_order_with_their_lengths()
    {
        await PutAllAsync([.. Names.Reverse()]);
        var page = await Other.ListAsync("");

        page.Continuation.ShouldBeNull();
        page.Blobs.ShouldBe(Names.Select(name => new BlobListing(Name(name), name.Length)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public async Task Pages_of_any_size_hold_every_name_once(int limit)
    {
        await PutAllAsync(Names);
        (await NamesAsync(limit: limit)).ShouldBe(Names);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/")]
    [InlineData("a/b")]
    [InlineData("a/b/")]
    [InlineData("a/1")]
    [InlineData("ab")]
    [InlineData("b/a/b")]
    [InlineData("b/a/b/")]
    [InlineData("stor")]
    [InlineData("z")]
    [InlineData("a/b/c/d/e/f")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("../")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    public async Task A_prefix_is_a_text_that_names_begin_with(string prefix)
    {
        await PutAllAsync(Names);
        var expected = Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();

        (await NamesAsync(prefix)).ShouldBe(expected);
        (await NamesAsync(prefix, limit: 1)).ShouldBe(expected);
    }

    [Fact]
    public async Task An_empty_store_lists_nothing()
    {
        var page = await Store.ListAsync("");
        page.Blobs.ShouldBeEmpty();
        page.Continuation.ShouldBeNull();
        (await NamesAsync("segments/")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_call_did_is_listed_at_once_by_everybody()
    {
        var version = await PutAsync("a", "1");
        (await Other.ListAsync("")).Blobs.ShouldBe([new BlobListing(Name("a"), 1)]);

        await Other.ReplaceIfMatchAsync(Name("a"), Text("12345"), version);
        (await Store.ListAsync("")).Blobs.ShouldBe([new BlobListing(Name("a"), 5)]);

        await Store.DeleteAsync(Name("a"));
        (await Other.ListAsync("")).Blobs.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_stays_is_listed_once_however_much_comes_and_goes_meanwhile()
    {
        await PutAllAsync(Names);
        var seen = new List<string>();
        var step = 0;
        for (string? continuation = null; ;)
        {
            var page = await Store.ListAsync("", continuation, limit: 1);
            seen.AddRange(page.Blobs.Select(blob => blob.Name.Value));
            if (page.Continuation is null)
                break;

            // One before and one behind the place where the next page begins; what was just listed may go too.
            continuation = page.Continuation;
            await PutAsync($"a-{step}", "new");
            await PutAsync($"z{step++}", "new");
            if (seen[^1] == "a/10")
                await Other.DeleteAsync(Name("a/10"));
        }

        seen.Where(Names.Contains).ShouldBe(Names);
        seen.ShouldBeUnique();
    }

    [Fact]
    public async Task A_few_hundred_blobs_are_listed_page_by_page()
    {
        var names = Enumerable.Range(0, 300).Select(i => $"segments/{i % 3}/{i:x16}").ToArray();
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (name, _) => await PutAsync(name));

        (await NamesAsync("segments/", limit: 70)).ShouldBe(names.Order(StringComparer.Ordinal));
        (await NamesAsync("segments/1/", limit: 70)).Length.ShouldBe(100);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("a\\")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("é")]
    public async Task A_prefix_with_characters_that_no_name_has_is_refused(string prefix) =>
        await Should.ThrowAsync<ArgumentException>(async () => await Store.ListAsync(prefix));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(BlobPage.MaxLimit + 1)]
    public async Task A_limit_out_of_range_is_refused(int limit) =>
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Store.ListAsync("", limit: limit));
}
