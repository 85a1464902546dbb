namespace Orleans.Log.Testing.Conformance;

/// <summary>Batches: positions, atomicity, limits, timestamps, conditions.</summary>
public abstract class AppendConformance<TFactory> : LogServiceConformance<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task Records_get_dense_positions()
    {
        var stream = await CreateAsync("s");
        (await AppendAsync(stream, "a", "b")).ShouldBe(new AppendResult(0, 2, 2, Duplicate: false));
        (await AppendAsync(stream, "c")).ShouldBe(new AppendResult(2, 3, 3, Duplicate: false));
        (await ReadAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Calls_made_one_after_the_other_without_awaiting_keep_their_order()
    {
        var stream = await CreateAsync("s");
        var calls = Enumerable.Range(0, 200).Select(i => AppendAsync(stream, $"{i}").AsTask()).ToList();
        var results = await Task.WhenAll(calls);
        results.Select(result => result.Start).ShouldBe(Enumerable.Range(0, 200).Select(i => (long)i));
        (await ReadAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(Enumerable.Range(0, 200).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_log_that_decides_at_once_has_refused_when_the_call_returns()
    {
        var stream = await CreateAsync("s");
        var batch = Of(Record("a"));
        await stream.FenceAsync("mine", expected: null, None);
        var refused = new[]
        {
            stream.AppendAsync(default, AppendConditions.None, None), stream.AppendAsync(batch, AppendConditions.None, None),
            stream.AppendAsync(batch, new AppendConditions(ExpectedTail: 7, FencingToken: "mine"), None),
            stream.AppendAsync(batch, new AppendConditions(FencingToken: "mine", Producer: new ProducerStamp("p", 0, 5)), None),
        };
        var atOnce = refused.Select(append => append.IsFaulted).ToArray();
        foreach (var append in refused)
            await Should.ThrowAsync<LogException>(append.AsTask());

        if (stream.DecidesAtOnce)
            atOnce.ShouldAllBe(faulted => faulted);
    }

    [Fact]
    public async Task The_memory_of_a_batch_is_free_when_the_call_returns()
    {
        var stream = await CreateAsync("s");
        var bytes = "before"u8.ToArray();
        var append = stream.AppendAsync(new RecordBatch(bytes), AppendConditions.None, None);
        bytes.AsSpan().Fill((byte)'x');
        await append;
        (await ReadAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["before"]);
    }

    [Fact]
    public async Task Empty_payloads_and_headers_come_back_as_they_were()
    {
        var stream = await CreateAsync("s");
        await stream.AppendAsync(Of(Record(string.Empty), Record("x", null, ("k", "v"), ("k", string.Empty))), AppendConditions.None, None);
        using var page = await stream.ReadAsync(ReadRequest.FromLsn(0), None);
        page.Records.Span[0].Payload.Length.ShouldBe(0);
        page.Records.Span[0].Headers.Length.ShouldBe(0);
        var headers = page.Records.Span[1].Headers.ToArray();
        headers.Select(header => System.Text.Encoding.UTF8.GetString(header.Name.Span)).ShouldBe(["k", "k"]);
        headers.Select(header => System.Text.Encoding.UTF8.GetString(header.Value.Span)).ShouldBe(["v", string.Empty]);
    }

    [Fact]
    public async Task Timestamps_never_run_backwards()
    {
        var stream = await CreateAsync("s");
        await stream.AppendAsync(Of(Record("a", 100), Record("b", 50), Record("c", 200)), AppendConditions.None, None);
        Time.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync(stream, "d");
        await stream.AppendAsync(Of(Record("e", 300)), AppendConditions.None, None);
        using var page = await stream.ReadAsync(ReadRequest.FromLsn(0), None);
        page.Records.ToArray().Select(record => record.Timestamp).ShouldBe([100, 100, 200, Now, Now]);
        (await stream.CheckTailAsync(None)).LastTimestamp.ShouldBe(Now);
    }

    [Fact]
    public async Task Timestamp_ahead_of_the_clock_is_refused_and_leaves_nothing()
    {
        var stream = await CreateAsync("s", new StreamConfigPatch { TimestampLead = TimeSpan.FromMinutes(10) });
        var late = Of(Record("a"), Record("b", Now + 600_001), Record("c"));
        (await ShouldFailAsync(LogErrorCode.BadRecord, () => stream.AppendAsync(late, AppendConditions.None, None))).Reason.ShouldBe("timestamp_ahead");
        await stream.AppendAsync(Of(Record("d", Now + 600_000)), AppendConditions.None, None);
        (await stream.CheckTailAsync(None)).Tail.ShouldBe(1);
    }

    [Fact]
    public async Task What_breaks_a_limit_or_a_rule_is_refused_and_leaves_nothing()
    {
        var stream = await CreateAsync("s", new StreamConfigPatch { MaxRecordBytes = 10 });
        await ShouldFailAsync(LogErrorCode.BadRecord, () => AppendAsync(stream));
        (await ShouldFailAsync(LogErrorCode.TooLarge, () => AppendAsync(stream, "fine", "this is too long"))).Limit.ShouldBe(10);
        await ShouldFailAsync(LogErrorCode.TooLarge, () => AppendAsync(stream, [.. Enumerable.Repeat("x", Limits.BatchRecords + 1)]));

        var headers = Enumerable.Repeat(("a", string.Empty), Limits.HeadersPerRecord + 1).ToArray();
        var wide = await CreateAsync("wide");
        await ShouldFailAsync(LogErrorCode.TooLarge, () => wide.AppendAsync(Of(Record("x", null, headers)), AppendConditions.None, None));
        await ShouldFailAsync(LogErrorCode.BadRecord, () => wide.AppendAsync(Of(Record("x", -1)), AppendConditions.None, None));
        await ShouldFailAsync(LogErrorCode.BadRecord, () => wide.AppendAsync(Of(Record("x", null, (string.Empty, "v"))), AppendConditions.None, None));
        var half = new AppendRecord(new byte[Limits.RecordBytes]);
        await ShouldFailAsync(LogErrorCode.TooLarge, () => wide.AppendAsync(Of(half, half, half, half), AppendConditions.None, None));

        (await stream.CheckTailAsync(None)).Tail.ShouldBe(0);
        (await wide.CheckTailAsync(None)).Tail.ShouldBe(0);
        (await AppendAsync(stream, "exactly 10")).Start.ShouldBe(0);
        (await wide.AppendAsync(Of(half), AppendConditions.None, None)).Start.ShouldBe(0);
    }

    [Fact]
    public async Task The_expected_tail_decides()
    {
        var stream = await CreateWithAsync("s", "a");
        var facts = await ShouldFailAsync(LogErrorCode.AppendConditionFailed, () => AppendAsync(stream, new AppendConditions(ExpectedTail: 0), "b"));
        (facts.ExpectedTail, facts.Tail).ShouldBe((0L, 1L));
        (await AppendAsync(stream, new AppendConditions(ExpectedTail: 1), "b")).Start.ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_that_expect_the_same_tail_one_wins()
    {
        var stream = await CreateAsync("s");
        var calls = Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            try
            {
                await AppendAsync(stream, new AppendConditions(ExpectedTail: 0), $"{i}");
                return true;
            }
            catch (LogException e) when (e.Code == LogErrorCode.AppendConditionFailed)
            {
                return false;
            }
        }));
        (await Task.WhenAll(calls)).Count(won => won).ShouldBe(1);
        (await stream.CheckTailAsync(None)).Tail.ShouldBe(1);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_does_nothing()
    {
        var stream = await CreateAsync("s");
        await Should.ThrowAsync<OperationCanceledException>(async () =>
            await stream.AppendAsync(Batch("x"), AppendConditions.None, new CancellationToken(canceled: true)));
        (await stream.CheckTailAsync(None)).Tail.ShouldBe(0);
    }
}
