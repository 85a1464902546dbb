using System.Text;

namespace Orleans.Log.Engine.Tests.Node;

/// <summary>Leaders of one stream after each other on one node: the newest writes, the others are shut out.</summary>
public sealed class LeaderTests
{
    private static readonly StreamName Name = StreamName.Parse("orders");
    private static readonly StreamId Id = new(77);

    [Fact]
    public async Task A_newer_leader_shuts_the_older_one_out_of_every_change()
    {
        await using var bench = new NodeBench();
        var node = await bench.StartAsync();
        await node.CreateAsync(Name, Id, new StreamConfigPatch(), default);
        var older = await node.LeadAsync(Name, Id);
        (await older.AppendAsync(Batch("1"), default, default)).Start.ShouldBe(0);

        var newer = await node.LeadAsync(Name, Id);

        newer.Term.ShouldBe(older.Term + 1);
        newer.StartTail.ShouldBe(1);
        await ShouldBeFencedAsync(() => older.AppendAsync(Batch("lost"), default, default).AsTask());
        await ShouldBeFencedAsync(() => older.TrimAsync(1, default).AsTask());
        await ShouldBeFencedAsync(() => older.FenceAsync("token", null, default).AsTask());
        await ShouldBeFencedAsync(() => older.SealAsync(default).AsTask());
        (await newer.AppendAsync(Batch("2"), default, default)).Start.ShouldBe(1);
        using var page = await older.ReadAsync(ReadRequest.FromLsn(0), default);
        page.Records.ToArray().Select(record => Encoding.UTF8.GetString(record.Payload.Span)).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Leaders_that_ask_at_the_same_time_get_terms_of_their_own_and_one_of_them_writes()
    {
        await using var bench = new NodeBench();
        var node = await bench.StartAsync();
        await node.CreateAsync(Name, Id, new StreamConfigPatch(), default);

        var leaders = new List<ILogStreamLeader>();
        foreach (var attempt in Enumerable.Range(0, 8).Select(_ => node.LeadAsync(Name, Id).AsTask()).ToList())
        {
            try
            {
                leaders.Add(await attempt);
            }
            catch (LogException refused)
            {
                refused.Code.ShouldBe(LogErrorCode.Fenced);
            }
        }

        leaders.Select(leader => leader.Term).ShouldBeUnique();
        var writers = 0;
        foreach (var leader in leaders)
        {
            try
            {
                await leader.AppendAsync(Batch("x"), default, default);
                writers++;
            }
            catch (LogException refused)
            {
                refused.Code.ShouldBe(LogErrorCode.Fenced);
            }
        }

        writers.ShouldBe(1);
    }

    [Fact]
    public async Task The_term_of_a_leader_outlives_a_restart()
    {
        await using var bench = new NodeBench();
        var node = await bench.StartAsync();
        await node.CreateAsync(Name, Id, new StreamConfigPatch(), default);
        await node.LeadAsync(Name, Id);
        var last = await node.LeadAsync(Name, Id);
        await node.DisposeAsync();

        var first = await (await bench.StartAsync()).LeadAsync(Name, Id);

        first.Term.ShouldBe(last.Term + 1);
    }

    [Fact]
    public async Task A_creation_that_is_repeated_finds_its_stream_and_that_of_another_identity_is_refused()
    {
        await using var bench = new NodeBench();
        var node = await bench.StartAsync();

        (await node.CreateAsync(Name, Id, new StreamConfigPatch { MaxRecordBytes = 9 }, default)).Created.ShouldBeTrue();
        var again = await node.CreateAsync(Name, Id, new StreamConfigPatch { MaxRecordBytes = 10 }, default);

        again.Created.ShouldBeFalse();
        again.Stream.Id.ShouldBe(Id);
        again.Stream.Config.MaxRecordBytes.ShouldBe(9);
        (await Should.ThrowAsync<LogException>(() => node.CreateAsync(Name, new StreamId(78), new StreamConfigPatch(), default).AsTask())).Code.ShouldBe(LogErrorCode.StreamExists);
    }

    [Fact]
    public async Task Nobody_leads_a_stream_of_another_identity()
    {
        await using var bench = new NodeBench();
        var node = await bench.StartAsync();
        await node.CreateAsync(Name, Id, new StreamConfigPatch(), default);

        (await Should.ThrowAsync<LogException>(() => node.LeadAsync(Name, new StreamId(78)).AsTask())).Code.ShouldBe(LogErrorCode.StreamNotFound);
        (await node.FindAsync(Name, new StreamId(78))).ShouldBeNull();
        (await node.FindAsync(Name, Id)).ShouldNotBeNull();
    }

    private static RecordBatch Batch(string text) => new(Encoding.UTF8.GetBytes(text));

    private static async Task ShouldBeFencedAsync(Func<Task> call)
    {
        var refused = await Should.ThrowAsync<LogException>(call);
        refused.Code.ShouldBe(LogErrorCode.Fenced);
        refused.Facts.Reason.ShouldBe("term");
        refused.SideEffects.ShouldBe(SideEffects.None);
    }
}
