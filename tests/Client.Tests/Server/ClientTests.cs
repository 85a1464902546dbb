using Orleans.Log.Api.Contracts;
using Orleans.Log.Conformance;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>Every call of the client against the real endpoints.</summary>
public sealed class ClientTests : IAsyncLifetime
{
    private KestrelLog _log = null!;

    private LogClient Client => _log.Client;

    public async Task InitializeAsync() => _log = await KestrelLog.StartAsync(new VolatileBacking());

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task A_stream_is_made_found_configured_and_deleted()
    {
        var made = await Client.EnsureStreamAsync("orders", new StreamConfigBody { MaxRecordBytes = 1000 });
        var again = await Client.EnsureStreamAsync("orders");
        (made.Created, again.Created).ShouldBe((true, false));
        again.Stream.Config.MaxRecordBytes.ShouldBe(1000);
        (await CodeAsync(() => Client.EnsureStreamAsync("orders", mustBeNew: true))).ShouldBe(WireErrors.StreamExists);

        var change = new StreamConfigBody { Labels = new Dictionary<string, string?> { ["team"] = "a" } };
        var changed = await Client.ConfigureStreamAsync("orders", change, ifVersion: made.Stream.ConfigVersion);
        changed.Config.Labels!["team"].ShouldBe("a");
        (await CodeAsync(() => Client.ConfigureStreamAsync("orders", change, ifVersion: made.Stream.ConfigVersion))).ShouldBe(WireErrors.ConfigMismatch);
        (await Client.DescribeStreamAsync("orders")).ConfigVersion.ShouldBe(changed.ConfigVersion);

        await Client.DeleteStreamAsync("orders");
        await Client.DeleteStreamAsync("orders");
        (await CodeAsync(() => Client.DescribeStreamAsync("orders"))).ShouldBe(WireErrors.StreamNotFound);
    }

    [Fact]
    public async Task Retention_is_set_and_lifted()
    {
        var bounds = new StreamConfigBody { RetentionAgeSeconds = 3600, RetentionBytes = 1_000_000, RetentionRecords = 10 };
        (await Client.EnsureStreamAsync("s", bounds)).Stream.Config.RetentionBytes.ShouldBe(1_000_000);

        var change = new StreamConfigBody { RetentionRecords = 20 };
        var config = (await Client.ConfigureStreamAsync("s", change, lift: RetentionBounds.Age | RetentionBounds.Bytes)).Config;
        (config.RetentionAgeSeconds, config.RetentionBytes, config.RetentionRecords).ShouldBe((null, null, 20L));

        await Should.ThrowAsync<ArgumentException>(() => Client.ConfigureStreamAsync("s", change, lift: RetentionBounds.Records));
    }

    [Fact]
    public async Task Snapshots_are_taken_and_listed()
    {
        await Client.EnsureStreamAsync("s");
        (await Client.ListSnapshotsAsync("s")).ShouldBeEmpty();
        await Client.AppendAsync("s", new[] { NewRecord.FromText("a"), NewRecord.FromText("b") });

        var snapshot = await Client.SnapshotAsync("s");
        snapshot.Lsn.ShouldBe(2);
        (await Client.ListSnapshotsAsync("s")).ShouldBe([snapshot]);
        (await Client.DescribeStreamAsync("s")).Offloaded.ShouldBe(2);
        (await CodeAsync(() => Client.SnapshotAsync("none"))).ShouldBe(WireErrors.StreamNotFound);
    }

    [Fact]
    public async Task All_streams_of_a_prefix_are_listed_over_several_pages()
    {
        var names = Enumerable.Range(0, 450).Select(i => $"x:{i:000}").ToList();
        foreach (var name in names.Append("y"))
            await Client.EnsureStreamAsync(name);

        var listed = new List<string>();
        await foreach (var stream in Client.ListStreamsAsync("x:"))
            listed.Add(stream.Name);

        listed.ShouldBe(names);
    }

    [Fact]
    public async Task Records_come_back_as_they_went_in()
    {
        await Client.EnsureStreamAsync("s");
        var record = new NewRecord(new byte[] { 0, 255, 13, 10 })
        {
            Headers = new[] { LogHeader.FromText("k", "v"), LogHeader.FromText("k", string.Empty) },
            Timestamp = 1_700_000_000_000,
        };

        var ack = await Client.AppendAsync("s", new[] { record, new NewRecord(default) });
        var page = await Client.ReadAsync("s", ReadStart.AtLsn(0));

        ack.ShouldBe(new AppendAck(0, 2, 2, Duplicate: false));
        page.Records.Select(stored => stored.Lsn).ShouldBe([0, 1]);
        page.Records[0].Payload.ToArray().ShouldBe(new byte[] { 0, 255, 13, 10 });
        page.Records[0].Timestamp.ShouldBe(1_700_000_000_000);
        page.Records[0].Headers.Select(header => header.Value.Length).ShouldBe([1, 0]);
        page.Records[1].Payload.Length.ShouldBe(0);
        (page.Next, page.Head, page.Tail, page.Sealed).ShouldBe((2, 0, 2, false));
    }

    [Fact]
    public async Task Conditions_are_carried_and_their_refusals_come_with_facts()
    {
        await Client.EnsureStreamAsync("s");
        NewRecord[] batch = [NewRecord.FromText("x")];
        var first = new AppendConditions { ExpectedTail = 0, Producer = new ProducerStamp("p", 1, 0) };
        await Client.AppendAsync("s", batch, first);

        (await Client.AppendAsync("s", batch, first)).ShouldBe(new AppendAck(0, 1, 1, Duplicate: true));
        var wrongTail = await FailAsync(() => Client.AppendAsync("s", batch, new AppendConditions { ExpectedTail = 7 }));
        (wrongTail.Code, wrongTail.Details.Tail).ShouldBe((WireErrors.AppendConditionFailed, 1));
        var gap = await FailAsync(() => Client.AppendAsync("s", batch, new AppendConditions { Producer = new ProducerStamp("p", 1, 5) }));
        (gap.Code, gap.Details.ExpectedSequence, gap.Details.ReceivedSequence).ShouldBe((WireErrors.ProducerGap, 1, 5));
        var stale = await FailAsync(() => Client.AppendAsync("s", batch, new AppendConditions { Producer = new ProducerStamp("p", 0, 0) }));
        (stale.Code, stale.Details.Epoch).ShouldBe((WireErrors.StaleProducerEpoch, 1));
    }

    [Fact]
    public async Task Trim_fence_and_seal_answer_where_they_took_effect()
    {
        await Client.EnsureStreamAsync("s");
        await Client.AppendAsync("s", new[] { NewRecord.FromText("a"), NewRecord.FromText("b") });

        (await Client.TrimAsync("s", 1)).Head.ShouldBe(1);
        (await FailAsync(() => Client.TrimAsync("s", 9))).Details.Tail.ShouldBe(2);
        (await FailAsync(() => Client.ReadAsync("s", ReadStart.AtLsn(0)))).Details.Head.ShouldBe(1);
        (await Client.ReadAsync("s", ReadStart.AtLsn(0), new ReadOptions { Clamp = true })).Records.Single().Lsn.ShouldBe(1);
        await Client.FenceAsync("s", "mine");
        (await CodeAsync(() => Client.FenceAsync("s", "other", expected: string.Empty))).ShouldBe(WireErrors.Fenced);
        (await CodeAsync(() => Client.AppendAsync("s", new[] { NewRecord.FromText("c") }))).ShouldBe(WireErrors.Fenced);
        await Client.AppendAsync("s", new[] { NewRecord.FromText("c") }, new AppendConditions { FencingToken = "mine" });
        (await Client.SealAsync("s")).Position.ShouldBe(3);
        var tail = await Client.CheckTailAsync("s");
        (tail.Head, tail.Tail, tail.Sealed).ShouldBe((1, 3, true));
    }

    [Fact]
    public async Task A_follower_outlives_its_server_and_an_appender_beside_it()
    {
        await Client.EnsureStreamAsync("s");
        await using var appender = await Client.OpenAppenderAsync("s");
        var seen = new List<string>();
        var reached = new TaskCompletionSource();
        var following = Task.Run(async () =>
        {
            await foreach (var record in Client.FollowAsync("s", ReadStart.AtLsn(0), new ReadOptions { MaxRecords = 7 }))
            {
                seen.Add(record.Text);
                if (seen.Count == 50)
                    reached.SetResult();
            }
        });

        for (var i = 0; i < 50; i++)
            await appender.AppendAsync([NewRecord.FromText($"{i}")]).OrFail();

        await reached.Task.OrFail();
        await _log.KillAsync();
        await _log.RestartAsync();
        for (var i = 50; i < 100; i++)
            await appender.AppendAsync([NewRecord.FromText($"{i}")]).OrFail();

        await Client.SealAsync("s");
        await following.OrFail();
        seen.ShouldBe(Enumerable.Range(0, 100).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_follower_learns_of_trimming_deleting_and_replacing()
    {
        await Client.EnsureStreamAsync("s");
        await Client.AppendAsync("s", new[] { NewRecord.FromText("a"), NewRecord.FromText("b"), NewRecord.FromText("c") });
        await using var slow = Client.FollowAsync("s", ReadStart.AtLsn(0), new ReadOptions { MaxRecords = 1 }).GetAsyncEnumerator();
        (await slow.MoveNextAsync()).ShouldBeTrue();
        await Client.TrimAsync("s", 3);
        (await FailAsync(() => slow.MoveNextAsync().AsTask())).Details.Head.ShouldBe(3);

        await using var deleted = Client.FollowAsync("s", ReadStart.AtLsn(3)).GetAsyncEnumerator();
        var waiting = deleted.MoveNextAsync().AsTask();
        await Client.DeleteStreamAsync("s");
        (await FailAsync(() => waiting)).Code.ShouldBe(WireErrors.StreamNotFound);
    }

    [Fact]
    public async Task Follower_ends_when_its_stream_was_recreated()
    {
        await Client.EnsureStreamAsync("s");
        await Client.AppendAsync("s", new[] { NewRecord.FromText("a"), NewRecord.FromText("b") });
        await using var follower = Client.FollowAsync("s", ReadStart.Head).GetAsyncEnumerator();
        (await follower.MoveNextAsync()).ShouldBeTrue();
        (await follower.MoveNextAsync()).ShouldBeTrue();
        await Client.DeleteStreamAsync("s");
        await Client.EnsureStreamAsync("s");
        await Client.AppendAsync("s", new[] { NewRecord.FromText("x"), NewRecord.FromText("y"), NewRecord.FromText("z") });

        (await FailAsync(() => follower.MoveNextAsync().AsTask())).Code.ShouldBe(LogClientErrors.StreamReplaced);
    }

    [Fact]
    public async Task Page_is_read_of_the_stream_with_that_identity_only()
    {
        await Client.EnsureStreamAsync("s");
        await Client.AppendAsync("s", new[] { NewRecord.FromText("a") });
        var pinned = new ReadOptions { StreamId = (await Client.ReadAsync("s", ReadStart.Head)).StreamId };
        (await Client.ReadAsync("s", ReadStart.Head, pinned)).Records.Count.ShouldBe(1);
        await Client.DeleteStreamAsync("s");
        await Client.EnsureStreamAsync("s");

        var failure = await FailAsync(() => Client.ReadAsync("s", ReadStart.Head, pinned));
        (failure.Code, failure.Retryable, failure.SideEffects).ShouldBe((LogClientErrors.StreamReplaced, false, CallSideEffects.None));
    }

    [Fact]
    public async Task A_first_sequence_that_is_not_the_next_one_fails_once_and_for_all()
    {
        await Client.EnsureStreamAsync("s");
        await using var appender = await Client.OpenAppenderAsync("s", new AppenderOptions { ProducerId = "p", FirstSequence = 5 });

        var failure = await FailAsync(() => appender.AppendAsync([NewRecord.FromText("x")]));

        (failure.Code, failure.Details.ExpectedSequence).ShouldBe((WireErrors.ProducerGap, 0));
    }

    [Fact]
    public async Task A_fencing_token_may_be_any_text_that_a_header_can_carry()
    {
        await Client.EnsureStreamAsync("s");
        await Client.FenceAsync("s", "schlüssel 鍵");
        await using var appender = await Client.OpenAppenderAsync("s", new AppenderOptions { FencingToken = "schlüssel 鍵" });

        (await appender.AppendAsync([NewRecord.FromText("x")]).OrFail()).Start.ShouldBe(0);

        (await FailAsync(() => Client.OpenAppenderAsync("s", new AppenderOptions { FencingToken = "a\r\nb" }))).Code.ShouldBe(WireErrors.BadRequest);
        (await FailAsync(() => Client.OpenAppenderAsync("s", new AppenderOptions { ProducerId = "a b" }))).Code.ShouldBe(WireErrors.BadRequest);
    }

    [Fact]
    public async Task Without_its_client_an_appender_tells_every_callback_that_it_is_closed()
    {
        await Client.EnsureStreamAsync("s");
        var client = new LogClient(_log.Endpoint);
        await using var appender = await client.OpenAppenderAsync("s");
        _log.Disturbances.Stall();
        var pending = appender.AppendAsync([NewRecord.FromText("x")]);
        await _log.Disturbances.StalledAsync().OrFail();

        client.Dispose();

        var failure = await FailAsync(() => pending);
        (failure.Code, failure.SideEffects).ShouldBe((LogClientErrors.Closed, CallSideEffects.Possible));
        (await FailAsync(() => appender.AppendAsync([NewRecord.FromText("y")]))).Code.ShouldBe(LogClientErrors.Closed);
        await appender.DisposeAsync().AsTask().OrFail();
    }

    private static async Task<LogClientException> FailAsync(Func<Task> call) =>
        await Should.ThrowAsync<LogClientException>(() => call().OrFail());

    private static async Task<string> CodeAsync(Func<Task> call) => (await FailAsync(call)).Code;
}
