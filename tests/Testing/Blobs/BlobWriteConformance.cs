using System.Buffers;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Testing.Blobs;

/// <summary>Putting, replacing, deleting.</summary>
public abstract class BlobWriteConformance<TFactory> : BlobStoreConformance<TFactory>
    where TFactory : IBlobStoreFactory, new()
{
    [Fact]
    public async Task A_blob_that_was_put_is_there_for_everybody()
    {
        var version = await PutAsync("segments/a/01", "hello");

        (await Other.HeadAsync(Name("segments/a/01"))).ShouldBe(new BlobInfo(5, version));
        (await TextOfAsync(Store, "segments/a/01")).ShouldBe("hello");
        (await TextOfAsync(Other, "segments/a/01")).ShouldBe("hello");
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        var version = await Store.PutIfAbsentAsync(Name("empty"), ReadOnlySequence<byte>.Empty);

        (await Store.HeadAsync(Name("empty"))).ShouldBe(new BlobInfo(0, version));
        (await Store.ReadAsync(Name("empty"), 0, new byte[10])).ShouldBe(new BlobRange(0, 0, version));
        await ShouldFailAsync(BlobStoreErrorKind.Exists, () => Store.PutIfAbsentAsync(Name("empty"), ReadOnlySequence<byte>.Empty));
        await Store.ReplaceIfMatchAsync(Name("empty"), Text("no more"), version);
        (await TextOfAsync(Other, "empty")).ShouldBe("no more");
    }

    [Fact]
    public async Task A_blob_of_64_MiB_in_many_pieces_comes_back_byte_for_byte()
    {
        const int Length = (64 * 1024 * 1024) + 12_345;
        await Store.PutIfAbsentAsync(Name("large"), Pieces(Length));

        (await Other.HeadAsync(Name("large")))!.Value.Length.ShouldBe(Length);
        var buffer = new byte[5_000_000];
        for (long offset = 0; offset < Length; offset += buffer.Length)
        {
            var range = await Other.ReadAsync(Name("large"), offset, buffer);
            range.Count.ShouldBe((int)Math.Min(buffer.Length, Length - offset));
            buffer.AsSpan(0, range.Count).SequenceEqual(Pattern(offset, range.Count)).ShouldBeTrue($"in the 5 MB from {offset}");
        }
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_and_keeps_its_content()
    {
        var version = await PutAsync("a", "first");

        await ShouldFailAsync(BlobStoreErrorKind.Exists, () => Other.PutIfAbsentAsync(Name("a"), Text("second")));
        await ShouldFailAsync(BlobStoreErrorKind.Exists, () => Store.PutIfAbsentAsync(Name("a"), Text("first")));

        (await TextOfAsync(Store, "a")).ShouldBe("first");
        (await Store.HeadAsync(Name("a")))!.Value.Version.ShouldBe(version);
    }

    [Theory]
    [InlineData("shorter")]
    [InlineData("")]
    [InlineData("a content that is longer than the one before it")]
    [InlineData("the same as before")]
    public async Task A_replacement_replaces_all_of_the_content_and_has_another_version(string content)
    {
        var before = await PutAsync("roots/00", "the same as before");
        var after = await Other.ReplaceIfMatchAsync(Name("roots/00"), Text(content), before);

        after.ShouldNotBe(before);
        (await TextOfAsync(Store, "roots/00")).ShouldBe(content);
        (await Store.HeadAsync(Name("roots/00"))).ShouldBe(new BlobInfo(content.Length, after));
    }

    [Fact]
    public async Task A_replacement_of_any_other_version_is_refused_and_changes_nothing()
    {
        var old = await PutAsync("roots/00", "old");
        var present = await Store.ReplaceIfMatchAsync(Name("roots/00"), Text("present"), old);
        var elsewhere = await PutAsync("roots/01", "elsewhere");

        foreach (var wrong in new[] { old, default, new BlobVersion("1-0000000000000000"), new BlobVersion("*") })
            await ShouldFailAsync(BlobStoreErrorKind.ConditionFailed, () => Other.ReplaceIfMatchAsync(Name("roots/00"), Text("wrong"), wrong));

        (await TextOfAsync(Store, "roots/00")).ShouldBe("present");
        (await Store.HeadAsync(Name("roots/00")))!.Value.Version.ShouldBe(present);
        (await Store.HeadAsync(Name("roots/01")))!.Value.Version.ShouldBe(elsewhere);
    }

    [Fact]
    public async Task A_replacement_of_nothing_is_refused_and_makes_nothing()
    {
        var version = await PutAsync("gone");
        await Store.DeleteAsync(Name("gone"));

        foreach (var name in new[] { "gone", "never", "in/a/folder/that/is/not" })
        {
            await ShouldFailAsync(BlobStoreErrorKind.ConditionFailed, () => Store.ReplaceIfMatchAsync(Name(name), Text("x"), version));
            await ShouldFailAsync(BlobStoreErrorKind.ConditionFailed, () => Store.ReplaceIfMatchAsync(Name(name), Text("x"), default));
        }

        (await NamesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_version_does_not_come_back_with_a_name_that_was_deleted()
    {
        var first = await PutAsync("a", "same");
        await Store.DeleteAsync(Name("a"));
        var second = await PutAsync("a", "same");

        second.ShouldNotBe(first);
        await ShouldFailAsync(BlobStoreErrorKind.ConditionFailed, () => Store.ReplaceIfMatchAsync(Name("a"), Text("x"), first));
    }

    [Fact]
    public async Task A_deleted_blob_is_gone_for_everybody_and_its_name_is_free()
    {
        await PutAllAsync("a/b", "a/c");

        (await Other.DeleteAsync(Name("a/b"))).ShouldBeTrue();
        (await Store.DeleteAsync(Name("a/b"))).ShouldBeFalse();
        (await Store.HeadAsync(Name("a/b"))).ShouldBeNull();
        await ShouldFailAsync(BlobStoreErrorKind.NotFound, () => Store.ReadAsync(Name("a/b"), 0, new byte[1]));
        (await TextOfAsync(Store, "a/c")).ShouldBe("a/c");

        await PutAsync("a/b", "again");
        (await TextOfAsync(Other, "a/b")).ShouldBe("again");
    }

    [Fact]
    public async Task A_version_that_is_present_can_be_deleted_and_no_other()
    {
        var old = await PutAsync("a", "old");
        var present = await Store.ReplaceIfMatchAsync(Name("a"), Text("present"), old);
        foreach (var wrong in new[] { old, default, new BlobVersion("1-0000000000000000"), new BlobVersion("*") })
            await ShouldFailAsync(BlobStoreErrorKind.ConditionFailed, () => DeleteIfMatchAsync(Other, "a", wrong));

        (await TextOfAsync(Store, "a")).ShouldBe("present");
        await Other.DeleteIfMatchAsync(Name("a"), present);
        (await Store.HeadAsync(Name("a"))).ShouldBeNull();

        foreach (var name in new[] { "a", "never", "in/a/folder/that/is/not" })
            await ShouldFailAsync(BlobStoreErrorKind.ConditionFailed, () => DeleteIfMatchAsync(Store, name, present));

        var again = await PutAsync("a", "present");
        await ShouldFailAsync(BlobStoreErrorKind.ConditionFailed, () => DeleteIfMatchAsync(Store, "a", present));
        (await Store.HeadAsync(Name("a")))!.Value.Version.ShouldBe(again);
    }

    [Fact]
    public async Task Deleting_what_was_never_there_has_no_effect()
    {
        (await Store.DeleteAsync(Name("nothing"))).ShouldBeFalse();
        (await Store.DeleteAsync(Name("in/a/folder/that/is/not"))).ShouldBeFalse();
        (await NamesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_that_begin_with_other_names_do_not_meet()
    {
        string[] names = ["a", "a.b", "a.b/c", "a/b", "a/b/c", "a/b.c", "a-", "a-/b", "a.blob/x", ".hidden/file", "..a", "-"];
        await PutAllAsync(names);
        foreach (var name in names)
            (await TextOfAsync(Other, name)).ShouldBe(name);

        await Store.DeleteAsync(Name("a"));
        (await TextOfAsync(Store, "a/b")).ShouldBe("a/b");
    }

    [Fact]
    public async Task The_longest_names_can_be_had()
    {
        string[] names = [new('x', BlobName.MaxLength), string.Join('/', Enumerable.Repeat("y", BlobName.MaxLength / 2)) + "z"];
        await PutAllAsync(names);

        (await NamesAsync()).ShouldBe(names);
        foreach (var name in names)
            (await TextOfAsync(Other, name)).ShouldBe(name);
    }

    [Fact]
    public async Task What_is_no_name_is_refused()
    {
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.PutIfAbsentAsync(default, Text("x")));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.ReplaceIfMatchAsync(default, Text("x"), default));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.HeadAsync(default));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.ReadAsync(default, 0, new byte[1]));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.DeleteAsync(default));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.DeleteIfMatchAsync(default, default));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_has_no_effect()
    {
        var version = await PutAsync("a", "before");
        var cancelled = new CancellationToken(canceled: true);

        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.PutIfAbsentAsync(Name("b"), Text("x"), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.ReplaceIfMatchAsync(Name("a"), Text("x"), version, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.DeleteAsync(Name("a"), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.DeleteIfMatchAsync(Name("a"), version, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.HeadAsync(Name("a"), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.ReadAsync(Name("a"), 0, new byte[1], cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.ListAsync("", cancellationToken: cancelled));

        (await NamesAsync()).ShouldBe(["a"]);
        (await TextOfAsync(Store, "a")).ShouldBe("before");
    }

    [Fact]
    public async Task A_write_that_is_cancelled_on_its_way_leaves_all_or_nothing()
    {
        const int Length = 16 * 1024 * 1024;
        using var cancelling = new CancellationTokenSource();
        var writing = Store.PutIfAbsentAsync(Name("a"), Pieces(Length), cancelling.Token).AsTask();
        await cancelling.CancelAsync();
        try
        {
            await writing;
        }
        catch (OperationCanceledException)
        {
            // Either is right; what is there must be whole.
        }

        if (await Store.HeadAsync(Name("a")) is { } info)
            info.Length.ShouldBe(Length);
        else
            (await NamesAsync()).ShouldBeEmpty();
    }
}
