using System.Text;
using Orleans.Log.Grains.Homes;

namespace Orleans.Log.Grains.Tests;

/// <summary>Three silos in one process: where streams live, and what happens to them when silos go and come.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private TestLog _log = null!;

    public async Task InitializeAsync() => _log = await TestLog.StartAsync(silos: 3, configure: static log => log.RenewEvery = TimeSpan.FromMilliseconds(200));

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task New_streams_are_spread_over_the_nodes_and_each_is_served_where_it_lives()
    {
        for (var i = 0; i < 30; i++)
            await AppendAsync(await CreateAsync($"s{i}"), $"{i}");

        var homes = new List<Guid>();
        for (var i = 0; i < 30; i++)
        {
            var home = await HomeOfAsync($"s{i}");
            homes.Add(home.Node);
            var holder = Enumerable.Range(0, 3).Single(silo => _log.NodeOf(silo).Node.NodeId == home.Node);
            (await _log.NodeOf(holder).Node.FindAsync(StreamName.Parse($"s{i}"), home.StreamId)).ShouldNotBeNull();
        }

        homes.CountBy(static home => home).Select(static node => node.Value).ShouldAllBe(static streams => streams >= 8 && streams <= 12);
        var page = await _log.Log.ListAsync("s", string.Empty, 12, default);
        page.Streams.Select(stream => stream.Name.Value).ShouldBe(Enumerable.Range(0, 30).Select(i => $"s{i}").Order(StringComparer.Ordinal).Take(12));
        var rest = await _log.Log.ListAsync("s", page.NextAfter!.Value.Value, 100, default);
        rest.Streams.Count.ShouldBe(18);
        rest.NextAfter.ShouldBeNull();
    }

    [Fact]
    public async Task A_killed_silo_takes_its_streams_away_and_brings_them_back_and_the_others_go_on()
    {
        var streams = new Dictionary<string, ILogStream>(StringComparer.Ordinal);
        for (var i = 0; i < 12; i++)
            streams.Add($"s{i}", await CreateAsync($"s{i}"));

        foreach (var stream in streams.Values)
            await AppendAsync(stream, "before");

        var lost = _log.NodeOf(2).Node.NodeId;
        var silo = _log.Cluster.Silos[2];
        await _log.Cluster.KillSiloAsync(silo);

        foreach (var (name, stream) in streams)
        {
            if ((await HomeOfAsync(name)).Node == lost)
                (await Should.ThrowAsync<LogException>(() => AppendAsync(stream, "away").AsTask())).Code.ShouldBeOneOf(LogErrorCode.Unavailable, LogErrorCode.OutcomeUnknown);
            else
                (await AppendAsync(stream, "meanwhile")).Start.ShouldBe(1);
        }

        var listed = await _log.Log.ListAsync(string.Empty, string.Empty, 100, default);
        listed.Streams.Count.ShouldBe(12);
        listed.Streams.Count(stream => !stream.Available).ShouldBe(streams.Keys.Count(name => HomeOfAsync(name).Result.Node == lost));

        var report = await _log.Of<ClusterReport>(0).MakeAsync();
        report.Nodes.Count.ShouldBe(3);
        report.Nodes.Single(node => node.State == NodeCondition.Away).Id.ShouldBe(lost);
        report.Members.Count(member => member.State == "active").ShouldBe(2);

        await _log.RestartAsync(silo);

        foreach (var (name, stream) in streams)
        {
            var (id, position) = (stream.Id, await stream.CheckTailAsync(default));
            var start = (await AppendAsync(stream, "after", new ProducerStamp("p", 0, 0))).Start;
            start.ShouldBe(position.Tail, name);
            (await (await _log.Log.OpenAsync(StreamName.Parse(name), default)).DescribeAsync(default)).Id.ShouldBe(id);
            (await ReadAsync(stream))[^1].ShouldBe("after");
            (await ReadAsync(stream))[0].ShouldBe("before");
        }
    }

    [Fact]
    public async Task A_stream_that_was_asked_for_in_vain_is_found_once_it_exists_wherever_it_came_to_live()
    {
        var names = Enumerable.Range(0, 20).Select(i => $"late{i}").ToList();
        foreach (var name in names)
            (await Should.ThrowAsync<LogException>(async () => await _log.Log.OpenAsync(StreamName.Parse(name), default))).Code.ShouldBe(LogErrorCode.StreamNotFound);

        // Made on a silo of its own choice, past the addresses that callers remember.
        for (var i = 0; i < names.Count; i++)
            await _log.Of<Leading.StreamTenure>(i % 3).CreateAsync(StreamName.Parse(names[i]), Guid.NewGuid(), new StreamConfigPatch(), default);

        foreach (var name in names)
            (await AppendAsync(await _log.Log.OpenAsync(StreamName.Parse(name), default), "found")).Start.ShouldBe(0);
    }

    [Fact]
    public async Task What_an_interrupted_creation_or_deletion_left_is_cleared_up_by_the_next_who_comes()
    {
        var directory = _log.Of<StreamDirectory>(0);
        var node = _log.NodeOf(1).Node;
        var (begun, made, going) = (StreamName.Parse("begun"), StreamName.Parse("made"), StreamName.Parse("going"));
        await directory.CreateAsync(begun, Home(node, 1, StreamStage.Creating), default);
        await directory.CreateAsync(made, Home(node, 2, StreamStage.Creating), default);
        await node.CreateAsync(made, new StreamId(2), new StreamConfigPatch(), default);
        await directory.CreateAsync(going, Home(node, 3, StreamStage.Deleting), default);
        await node.CreateAsync(going, new StreamId(3), new StreamConfigPatch(), default);

        (await Should.ThrowAsync<LogException>(async () => await _log.Log.OpenAsync(begun, default))).Code.ShouldBe(LogErrorCode.StreamNotFound);
        (await Should.ThrowAsync<LogException>(async () => await _log.Log.OpenAsync(going, default))).Code.ShouldBe(LogErrorCode.StreamNotFound);
        (await _log.Log.OpenAsync(made, default)).Id.ShouldBe(new StreamId(2));

        (await directory.FindAsync(begun)).ShouldBeNull();
        (await directory.FindAsync(going)).ShouldBeNull();
        (await node.FindAsync(going, new StreamId(3))).ShouldBeNull();
        (await directory.FindAsync(made))!.Home.Stage.ShouldBe(StreamStage.Ready);
        (await CreateAsync("going")).Id.ShouldNotBe(new StreamId(3));
    }

    [Fact]
    public async Task A_stream_that_its_node_does_not_have_is_damage_and_is_never_made_anew()
    {
        await _log.Of<StreamDirectory>(0).CreateAsync(StreamName.Parse("gone"), Home(_log.NodeOf(1).Node, 9, StreamStage.Ready), default);

        (await Should.ThrowAsync<LogException>(async () => await _log.Log.OpenAsync(StreamName.Parse("gone"), default))).Code.ShouldBe(LogErrorCode.Corrupt);
        (await Should.ThrowAsync<LogException>(async () => await CreateAsync("gone"))).Code.ShouldBe(LogErrorCode.Corrupt);
    }

    [Fact]
    public async Task A_leader_that_was_shut_out_acknowledges_nothing_and_its_caller_finds_the_new_one()
    {
        var stream = await CreateAsync("s");
        await AppendAsync(stream, "0");
        var home = await HomeOfAsync("s");
        var holder = Enumerable.Range(0, 3).Single(silo => _log.NodeOf(silo).Node.NodeId == home.Node);

        // Somebody else leads the stream now, as a second activation of the grain would.
        var other = await _log.NodeOf(holder).Node.LeadAsync(StreamName.Parse("s"), home.StreamId);
        await other.AppendAsync(new RecordBatch(Encoding.UTF8.GetBytes("other")), default, default);

        (await AppendAsync(stream, "2")).Start.ShouldBe(2);

        (await Should.ThrowAsync<LogException>(async () => await other.AppendAsync(new RecordBatch(Encoding.UTF8.GetBytes("late")), default, default))).Code.ShouldBe(LogErrorCode.Fenced);
        (await ReadAsync(stream)).ShouldBe(["0", "other", "2"]);
        (await HomeOfAsync("s")).Term.ShouldBe(other.Term!.Value + 1);
    }

    [Fact]
    public async Task Whoever_finds_the_home_of_a_stream_changed_while_it_took_a_term_does_not_lead()
    {
        var tenure = _log.Of<Leading.StreamTenure>(0);
        await tenure.CreateAsync(StreamName.Parse("s"), Guid.NewGuid(), new StreamConfigPatch(), default);
        var directory = _log.Of<StreamDirectory>(0);
        var found = (await directory.FindAsync(StreamName.Parse("s")))!;
        await directory.ReplaceAsync(found, found.Home with { Node = _log.NodeOf(1).Node.NodeId, Wal = _log.NodeOf(1).Node.WalId });

        (await Should.ThrowAsync<LogException>(async () => await tenure.LeadAsync(StreamName.Parse("s")))).Code.ShouldBe(LogErrorCode.Moving);
        (await Should.ThrowAsync<LogException>(async () => await directory.ReplaceAsync(found, found.Home))).Code.ShouldBe(LogErrorCode.Moving);
    }

    private static StreamHome Home(Engine.LogNode node, ulong id, StreamStage stage) =>
        new(new StreamId(id).ToString(), node.NodeId, node.WalId, stage, Generation: 0, Term: 0, Head: 0, Tail: 0, CreatedAt: 0, CreatedBy: default);

    private async Task<StreamHome> HomeOfAsync(string name) => (await _log.Of<StreamDirectory>(0).FindAsync(StreamName.Parse(name)))!.Home;

    private async Task<ILogStream> CreateAsync(string name)
    {
        await _log.Log.EnsureAsync(StreamName.Parse(name), new StreamConfigPatch(), EnsureCondition.None, default);
        return await _log.Log.OpenAsync(StreamName.Parse(name), default);
    }

    private static ValueTask<AppendResult> AppendAsync(ILogStream stream, string text, ProducerStamp? producer = null) =>
        stream.AppendAsync(new RecordBatch(Encoding.UTF8.GetBytes(text)), new AppendConditions(Producer: producer), default);

    private static async Task<List<string>> ReadAsync(ILogStream stream)
    {
        var texts = new List<string>();
        var (next, tail) = (0L, long.MaxValue);
        while (next < tail)
        {
            using var page = await stream.ReadAsync(ReadRequest.FromLsn(next), default);
            texts.AddRange(page.Records.ToArray().Select(record => Encoding.UTF8.GetString(record.Payload.Span)));
            (next, tail) = (page.Next, page.Tail);
        }

        return texts;
    }
}
