using Orleans.Log.Engine.Offload;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class PagePublicationTests
{
    private readonly List<int> _begun = [];
    private readonly List<int> _published = [];
    private readonly Dictionary<int, TaskCompletionSource> _underWay = [];

    [Fact]
    public async Task So_many_pages_are_under_way_and_no_more()
    {
        var publication = Begin(pages: 20);
        _begun.ShouldBe(Enumerable.Range(0, PagePublication.AtOnce));

        // One ends, one begins, in the order of the pages.
        End(5);
        _begun.ShouldBe(Enumerable.Range(0, PagePublication.AtOnce + 1));
        _published.ShouldBe([5]);

        while (_underWay.Count > 0)
            End(_underWay.Keys.First());

        await publication;
        _begun.ShouldBe(Enumerable.Range(0, 20));
        _published.Order().ShouldBe(Enumerable.Range(0, 20));
    }

    [Fact]
    public async Task What_was_under_way_beside_a_failure_is_taken_note_of_and_nothing_else_begins()
    {
        var publication = Begin(pages: 20);
        Fail(2, "first");
        Fail(0, "second");
        publication.IsCompleted.ShouldBeFalse("Others are under way, and may yet happen.");
        foreach (var page in _underWay.Keys.ToList())
            End(page);

        (await Should.ThrowAsync<InvalidOperationException>(publication)).Message.ShouldBe("first");
        _begun.Count.ShouldBe(PagePublication.AtOnce);
        _published.Order().ShouldBe([1, 3, 4, 5, 6, 7]);
    }

    [Fact]
    public async Task Nothing_begins_after_a_page_that_failed_at_once()
    {
        var publication = PagePublication.RunAsync(
            Enumerable.Range(0, 20),
            page =>
            {
                _begun.Add(page);
                return page == 3 ? Task.FromException(new InvalidOperationException("at once")) : Task.CompletedTask;
            },
            _published.Add);

        await Should.ThrowAsync<InvalidOperationException>(publication);
        _begun.ShouldBe([0, 1, 2, 3]);
        _published.ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Nothing_begins_after_a_note_that_could_not_be_taken()
    {
        var publication = Begin(pages: 20, page => throw new InvalidOperationException($"note of {page}"));
        End(4);
        foreach (var page in _underWay.Keys.ToList())
            End(page);

        (await Should.ThrowAsync<InvalidOperationException>(publication)).Message.ShouldBe("note of 4");
        _begun.Count.ShouldBe(PagePublication.AtOnce);
    }

    private Task Begin(int pages, Action<int>? published = null) => PagePublication.RunAsync(
        Enumerable.Range(0, pages),
        page =>
        {
            _begun.Add(page);
            return (_underWay[page] = new TaskCompletionSource()).Task;
        },
        published ?? _published.Add);

    // What follows runs before these return, since the test is the only one on its context.
    private void End(int page) => Take(page).SetResult();

    private void Fail(int page, string why) => Take(page).SetException(new InvalidOperationException(why));

    private TaskCompletionSource Take(int page)
    {
        _underWay.Remove(page, out var call);
        return call.ShouldNotBeNull();
    }
}
