namespace Orleans.Log.Testing.Conformance;

/// <summary>Reading by position, time and count, within bounds; waiting at the tail.</summary>
public abstract class ReadConformance<TFactory> : LogServiceConformance<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task A_page_says_where_it_ends_and_where_the_stream_stands()
    {
        var stream = await CreateWithAsync("s", "a", "b", "c");
        using var page = await stream.ReadAsync(ReadRequest.FromLsn(1) with { MaxRecords = 1 }, None);
        page.Records.Span[0].Lsn.ShouldBe(1);
        (page.Next, page.Head, page.Tail, page.Sealed).ShouldBe((2L, 0L, 3L, false));
    }

    [Fact]
    public async Task At_the_tail_a_page_is_empty_and_beyond_it_refused()
    {
        var stream = await CreateWithAsync("s", "a");
        using var page = await stream.ReadAsync(ReadRequest.FromLsn(1), None);
        page.Records.IsEmpty.ShouldBeTrue();
        page.Next.ShouldBe(1);
        (await ShouldFailAsync(LogErrorCode.Unwritten, () => stream.ReadAsync(ReadRequest.FromLsn(2), None))).Tail.ShouldBe(1);
        await ShouldFailAsync(LogErrorCode.Unwritten, () => stream.ReadAsync(ReadRequest.FromLsn(Limits.Position), None));
    }

    [Fact]
    public async Task Below_the_head_is_trimmed_unless_clamped()
    {
        var stream = await CreateWithAsync("s", "a", "b", "c");
        await stream.TrimAsync(2, None);
        (await ShouldFailAsync(LogErrorCode.Trimmed, () => stream.ReadAsync(ReadRequest.FromLsn(1), None))).Head.ShouldBe(2);
        (await ReadAsync(stream, ReadRequest.FromLsn(0) with { Clamp = true })).ShouldBe(["c"]);
        (await ReadAsync(stream, ReadRequest.FromLsn(99) with { Clamp = true })).ShouldBeEmpty();
    }

    [Fact]
    public async Task By_count_from_the_tail()
    {
        var stream = await CreateWithAsync("s", "a", "b", "c");
        (await ReadAsync(stream, ReadRequest.LastRecords(2))).ShouldBe(["b", "c"]);
        (await ReadAsync(stream, ReadRequest.LastRecords(99))).ShouldBe(["a", "b", "c"]);
        (await ReadAsync(stream, ReadRequest.LastRecords(Limits.Position))).ShouldBe(["a", "b", "c"]);
        (await ReadAsync(stream, ReadRequest.LastRecords(0))).ShouldBeEmpty();
        await stream.TrimAsync(2, None);
        (await ReadAsync(stream, ReadRequest.LastRecords(2))).ShouldBe(["c"]);
    }

    [Fact]
    public async Task By_time_and_until_a_time()
    {
        var stream = await CreateAsync("s");
        foreach (var timestamp in new[] { 10, 20, 20, 30, 40 })
            await stream.AppendAsync(Of(Record($"{timestamp}", timestamp)), AppendConditions.None, None);

        (await ReadAsync(stream, ReadRequest.Since(0))).Length.ShouldBe(5);
        (await ReadAsync(stream, ReadRequest.Since(20))).ShouldBe(["20", "20", "30", "40"]);
        (await ReadAsync(stream, ReadRequest.Since(21))).ShouldBe(["30", "40"]);
        (await ReadAsync(stream, ReadRequest.Since(41))).ShouldBeEmpty();
        (await ReadAsync(stream, ReadRequest.Since(20) with { Until = 40 })).ShouldBe(["20", "20", "30"]);

        using var page = await stream.ReadAsync(ReadRequest.FromLsn(0) with { Until = 20 }, None);
        Texts(page).ShouldBe(["10"]);
        page.Next.ShouldBe(1);
        (await ReadAsync(stream, ReadRequest.FromLsn(1) with { Until = 20 })).ShouldBeEmpty();
    }

    [Fact]
    public async Task By_time_over_many_records()
    {
        var stream = await CreateAsync("s");
        for (var i = 0; i < 50; i++)
            await stream.AppendAsync(Of([.. Enumerable.Range(0, 40).Select(j => Record($"{(i * 40) + j}", ((i * 40) + j) * 10))]), AppendConditions.None, None);

        foreach (var lsn in new[] { 0, 1, 39, 40, 777, 1999 })
            (await ReadAsync(stream, ReadRequest.Since((lsn * 10) - 5 < 0 ? 0 : (lsn * 10) - 5) with { MaxRecords = 1 })).ShouldBe([$"{lsn}"]);
    }

    [Fact]
    public async Task Bounds_hold_and_the_first_record_comes_whatever_its_size()
    {
        var stream = await CreateWithAsync("s", new string('a', 1000), "b", "c");
        (await ReadAsync(stream, ReadRequest.FromLsn(0) with { MaxBytes = 1 })).Length.ShouldBe(1);
        (await ReadAsync(stream, ReadRequest.FromLsn(1) with { MaxBytes = 2 * (1 + Limits.RecordOverheadBytes) })).ShouldBe(["b", "c"]);
        (await ReadAsync(stream, ReadRequest.FromLsn(1) with { MaxBytes = (2 * (1 + Limits.RecordOverheadBytes)) - 1 })).ShouldBe(["b"]);
        (await ReadAsync(stream, ReadRequest.FromLsn(0) with { MaxRecords = 2 })).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Bounds_out_of_range_are_refused()
    {
        var stream = await CreateAsync("s");
        foreach (var bad in new[]
        {
            ReadRequest.FromLsn(-1),
            ReadRequest.FromLsn(0) with { MaxRecords = 0 },
            ReadRequest.FromLsn(0) with { MaxRecords = Limits.ReadRecords + 1 },
            ReadRequest.FromLsn(0) with { MaxBytes = 0 },
            ReadRequest.FromLsn(0) with { MaxBytes = Limits.ReadBytes + 1 },
            ReadRequest.FromLsn(0) with { Wait = Limits.ReadWait + TimeSpan.FromMilliseconds(1) },
        })
        {
            await ShouldFailAsync(LogErrorCode.BadRequest, () => stream.ReadAsync(bad, None));
        }
    }

    [Fact]
    public async Task A_waiting_read_ends_with_the_record_that_it_waited_for()
    {
        var stream = await CreateAsync("s");
        var read = stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = TimeSpan.FromSeconds(30) }, None);
        read.IsCompleted.ShouldBeFalse();
        await AppendAsync(stream, "a");
        using var page = await SoonAsync(read, "a read that waits for a record which came");
        Texts(page).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_waiting_read_beyond_the_tail_waits_for_its_own_position()
    {
        var stream = await CreateAsync("s");
        var read = stream.ReadAsync(ReadRequest.FromLsn(2) with { Wait = TimeSpan.FromSeconds(30) }, None);
        await AppendAsync(stream, "a", "b");
        read.IsCompleted.ShouldBeFalse();
        await AppendAsync(stream, "c");
        using var page = await SoonAsync(read, "a read that waits beyond the tail");
        Texts(page).ShouldBe(["c"]);
    }

    [Fact]
    public async Task A_waiting_read_whose_time_is_over_gives_an_empty_page()
    {
        var stream = await CreateWithAsync("s", "a");
        var armed = Time.TimerArmedAsync(TimeSpan.FromSeconds(7));
        var read = stream.ReadAsync(ReadRequest.FromLsn(1) with { Wait = TimeSpan.FromSeconds(7) }, None);
        await SoonAsync(new ValueTask<bool>(armed.ContinueWith(_ => true, TaskScheduler.Default)), "arming a timer for the wait");
        Time.Advance(TimeSpan.FromSeconds(7));
        using var page = await SoonAsync(read, "a read whose wait is over");
        page.Records.IsEmpty.ShouldBeTrue();
        (page.Next, page.Tail).ShouldBe((1L, 1L));
    }

    [Fact]
    public async Task A_waiting_read_can_be_cancelled()
    {
        var stream = await CreateAsync("s");
        using var cancel = new CancellationTokenSource();
        var read = stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = TimeSpan.FromSeconds(30) }, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await SoonAsync(read, "a read that was cancelled"));
    }

    [Fact]
    public async Task A_waiting_read_ends_when_the_stream_is_sealed_or_deleted()
    {
        var sealing = await CreateWithAsync("sealing", "a");
        var deleting = await CreateWithAsync("deleting", "a");
        var atSealed = sealing.ReadAsync(ReadRequest.FromLsn(1) with { Wait = TimeSpan.FromSeconds(30) }, None);
        var atDeleted = deleting.ReadAsync(ReadRequest.FromLsn(1) with { Wait = TimeSpan.FromSeconds(30) }, None);
        await sealing.SealAsync(None);
        await Log.DeleteAsync(deleting.Name, None);
        using var page = await SoonAsync(atSealed, "a read on a stream that was sealed");
        page.Sealed.ShouldBeTrue();
        page.Records.IsEmpty.ShouldBeTrue();
        await ShouldFailAsync(LogErrorCode.StreamNotFound, async () => await SoonAsync(atDeleted, "a read on a stream that was deleted"));
    }

    [Fact]
    public async Task Following_gives_everything_in_order_and_ends_with_the_seal()
    {
        var stream = await CreateWithAsync("s", "a", "b");
        var seen = new List<string>();
        var following = Task.Run(async () =>
        {
            await foreach (var page in stream.FollowAsync(ReadRequest.FromLsn(0)))
                seen.AddRange(Texts(page));
        });
        for (var i = 0; i < 50; i++)
            await AppendAsync(stream, $"{i}");

        await stream.SealAsync(None);
        await SoonAsync(new ValueTask<bool>(following.ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default)), "following a sealed stream");
        await following;
        seen.ShouldBe(["a", "b", .. Enumerable.Range(0, 50).Select(i => $"{i}")]);
    }

    [Fact]
    public async Task Following_from_a_time_to_come_gives_nothing_older()
    {
        var stream = await CreateWithAsync("s", "before");
        var since = Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        var following = FollowAsync(stream, ReadRequest.Since(since));
        await Time.TimerArmedAsync(Limits.ReadWait);
        Time.Advance(Limits.ReadWait);
        await AppendAsync(stream, "still before");
        await Time.TimerArmedAsync(Limits.ReadWait);
        Time.Advance(Limits.ReadWait);
        await AppendAsync(stream, "at that time");
        await AppendAsync(stream, "after it");
        await stream.SealAsync(None);
        (await following).ShouldBe(["at that time", "after it"]);
    }

    [Fact]
    public async Task Following_ends_when_its_last_time_has_passed()
    {
        var stream = await CreateWithAsync("s", "a");
        var until = Time.GetUtcNow().ToUnixTimeMilliseconds() + 7_000;
        var following = FollowAsync(stream, ReadRequest.FromLsn(0) with { Until = until });
        await Time.TimerArmedAsync(TimeSpan.FromSeconds(7));
        following.IsCompleted.ShouldBeFalse();
        Time.Advance(TimeSpan.FromSeconds(7));
        (await following).ShouldBe(["a"]);
        (await FollowAsync(stream, ReadRequest.FromLsn(7) with { Until = until })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Following_with_a_clamp_continues_at_the_head()
    {
        var stream = await CreateWithAsync("s", "a", "b", "c", "d");
        await stream.SealAsync(None);
        var seen = new List<string>();
        await foreach (var page in stream.FollowAsync(ReadRequest.FromLsn(0) with { MaxRecords = 1, Clamp = true }, Time))
        {
            seen.AddRange(Texts(page));
            await stream.TrimAsync(2, None);
        }

        seen.ShouldBe(["a", "c", "d"]);
    }

    private async Task<List<string>> FollowAsync(ILogStream stream, ReadRequest request)
    {
        var seen = new List<string>();
        await foreach (var page in stream.FollowAsync(request, Time))
            seen.AddRange(Texts(page));

        return seen;
    }
}
