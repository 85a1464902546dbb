namespace Orleans.Log.Testing.Conformance;

/// <summary>Trim, fence and seal.</summary>
public abstract class ControlConformance<TFactory> : LogServiceConformance<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task Trimming_moves_the_head_and_never_back()
    {
        var stream = await CreateWithAsync("s", "a", "b", "c");
        (await stream.TrimAsync(2, None)).Head.ShouldBe(2);
        (await stream.TrimAsync(1, None)).Head.ShouldBe(2);
        var position = await stream.TrimAsync(3, None);
        (position.Head, position.Tail).ShouldBe((3L, 3L));
        (await AppendAsync(stream, "d")).Start.ShouldBe(3);
        (await ReadAsync(stream, ReadRequest.FromLsn(3))).ShouldBe(["d"]);
    }

    [Fact]
    public async Task Trimming_beyond_the_tail_or_below_zero_is_refused()
    {
        var stream = await CreateWithAsync("s", "a");
        (await ShouldFailAsync(LogErrorCode.Unwritten, () => stream.TrimAsync(2, None))).Tail.ShouldBe(1);
        await ShouldFailAsync(LogErrorCode.BadRequest, () => stream.TrimAsync(-1, None));
        (await stream.CheckTailAsync(None)).Head.ShouldBe(0);
    }

    [Fact]
    public async Task A_fence_takes_only_appends_with_its_token()
    {
        var stream = await CreateWithAsync("s", "a");
        (await stream.FenceAsync("one", null, None)).Tail.ShouldBe(1);
        await ShouldFailAsync(LogErrorCode.Fenced, () => AppendAsync(stream, "x"));
        await ShouldFailAsync(LogErrorCode.Fenced, () => AppendAsync(stream, new AppendConditions(FencingToken: "two"), "x"));
        (await AppendAsync(stream, new AppendConditions(FencingToken: "one"), "b")).Start.ShouldBe(1);
        (await stream.DescribeAsync(None)).Fenced.ShouldBeTrue();

        await stream.FenceAsync(string.Empty, null, None);
        (await AppendAsync(stream, "c")).Start.ShouldBe(2);
        (await stream.DescribeAsync(None)).Fenced.ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_on_a_stream_without_one_is_refused()
    {
        // The writer believes that it holds the stream; it does not.
        var stream = await CreateAsync("s");
        await ShouldFailAsync(LogErrorCode.Fenced, () => AppendAsync(stream, new AppendConditions(FencingToken: "one"), "x"));
    }

    [Fact]
    public async Task A_fence_can_depend_on_the_present_token()
    {
        var stream = await CreateAsync("s");
        await stream.FenceAsync("one", string.Empty, None);
        await ShouldFailAsync(LogErrorCode.Fenced, () => stream.FenceAsync("two", string.Empty, None));
        await ShouldFailAsync(LogErrorCode.Fenced, () => stream.FenceAsync("two", "other", None));
        await stream.FenceAsync("two", "one", None);
        (await AppendAsync(stream, new AppendConditions(FencingToken: "two"), "a")).Start.ShouldBe(0);
    }

    [Fact]
    public async Task A_fence_whose_answer_was_lost_may_be_sent_again()
    {
        var stream = await CreateWithAsync("s", "a");
        var first = await stream.FenceAsync("one", string.Empty, None);
        (await stream.FenceAsync("one", string.Empty, None)).ShouldBe(first);
        await AppendAsync(stream, new AppendConditions(FencingToken: "one"), "b");
        (await stream.FenceAsync("one", string.Empty, None)).Tail.ShouldBe(2);

        await stream.FenceAsync(string.Empty, "one", None);
        await stream.FenceAsync(string.Empty, "one", None);
        (await stream.DescribeAsync(None)).Fenced.ShouldBeFalse();
        await AppendAsync(stream, "c");
    }

    [Fact]
    public async Task A_fence_that_was_replaced_since_is_not_set_again()
    {
        var stream = await CreateAsync("s");
        await stream.FenceAsync("one", string.Empty, None);
        await stream.FenceAsync("two", "one", None);
        await ShouldFailAsync(LogErrorCode.Fenced, () => stream.FenceAsync("one", string.Empty, None));
        (await AppendAsync(stream, new AppendConditions(FencingToken: "two"), "a")).Start.ShouldBe(0);
    }

    [Fact]
    public async Task A_token_that_is_too_long_is_refused()
    {
        var stream = await CreateAsync("s");
        await ShouldFailAsync(LogErrorCode.TooLarge, () => stream.FenceAsync(new string('x', Limits.FencingTokenBytes + 1), null, None));
        await stream.FenceAsync(new string('x', Limits.FencingTokenBytes), null, None);
    }

    [Theory]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("\ta")]
    [InlineData("a\t")]
    [InlineData(" ")]
    [InlineData("\u00a0a")]
    [InlineData("a\u3000")]
    [InlineData("a\nb")]
    [InlineData("a\u0000b")]
    [InlineData("a\u007fb")]
    public async Task Token_that_no_header_carries_is_refused_when_set(string token)
    {
        var stream = await CreateAsync("s");
        await ShouldFailAsync(LogErrorCode.BadRequest, () => stream.FenceAsync(token, null, None));
        (await AppendAsync(stream, "a")).Start.ShouldBe(0, "the stream has no token");
        await ShouldFailAsync(LogErrorCode.Fenced, () => stream.FenceAsync("new", expected: token, None));
        await stream.FenceAsync("in the middle", null, None);
    }

    [Fact]
    public async Task A_sealed_stream_takes_no_more_and_can_be_read_and_trimmed()
    {
        var stream = await CreateWithAsync("s", "a", "b");
        var position = await stream.SealAsync(None);
        (position.Tail, position.Sealed).ShouldBe((2L, true));
        (await stream.SealAsync(None)).ShouldBe(position);
        (await ShouldFailAsync(LogErrorCode.StreamSealed, () => AppendAsync(stream, "c"))).Tail.ShouldBe(2);
        (await ReadAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["a", "b"]);
        (await stream.TrimAsync(1, None)).Head.ShouldBe(1);

        using var end = await SoonAsync(stream.ReadAsync(ReadRequest.FromLsn(2) with { Wait = TimeSpan.FromSeconds(30) }, None), "a read at the end of a sealed stream");
        end.Sealed.ShouldBeTrue();
        await ShouldFailAsync(LogErrorCode.Unwritten, async () => await SoonAsync(stream.ReadAsync(ReadRequest.FromLsn(3) with { Wait = TimeSpan.FromSeconds(30) }, None), "a read beyond the end"));
    }

    [Fact]
    public async Task The_list_of_snapshots_begins_empty()
    {
        var stream = await CreateWithAsync("s", "a");
        (await stream.ListSnapshotsAsync(None)).ShouldBeEmpty();
        (await stream.CheckTailAsync(None)).Offloaded.ShouldBe(0);
    }

    [Fact]
    public async Task The_tail_holds_everything_acknowledged()
    {
        var stream = await CreateAsync("s");
        for (var i = 1; i <= 20; i++)
        {
            await AppendAsync(stream, "x");
            (await stream.CheckTailAsync(None)).Tail.ShouldBe(i);
        }
    }
}
