namespace Orleans.Log.Engine.Tests.Node;

public sealed class NodeRestartTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Thousands_of_streams_with_deletions_recreations_and_changes(bool clean)
    {
        const int Count = 3_000;
        _bench.Options.Wal.FileSizeMiB = 64; // so that thousands of calls at once do not outrun the preparing of files
        await _bench.StartAsync();
        var names = Enumerable.Range(0, Count).Select(i => $"s{i:d4}").ToArray();
        await Task.WhenAll(names.Select(async (name, i) =>
        {
            var stream = await _bench.CreateAsync(name, new StreamConfigPatch { MaxRecordBytes = 1000 + i });
            await stream.Append(name);
        }));
        await Task.WhenAll(names.Where((_, i) => i % 3 == 0).Select(name => Delete(name)));
        await Task.WhenAll(names.Where((_, i) => i % 6 == 0).Select(async name => await (await _bench.CreateAsync(name)).Append("again " + name)));
        await Task.WhenAll(names.Where((_, i) => i % 3 == 1).Select(async name => await _bench.CreateAsync(name, new StreamConfigPatch { MaxRecordBytes = 77 })));
        var before = await ListAll();

        await (clean ? _bench.RestartAsync() : _bench.CrashAsync());

        (await ListAll()).ShouldBe(before);
        before.Count.ShouldBe(Count - (Count / 3) + (Count / 6));
        foreach (var (name, i) in names.Select((name, i) => (name, i)).Where(item => item.i % 97 < 6))
        {
            if (i % 6 == 3)
                (await _bench.OpenAsync(name).Refused()).ShouldBe(LogErrorCode.StreamNotFound);
            else
                (await (await _bench.OpenAsync(name)).Texts()).ShouldBe([i % 6 == 0 ? "again " + name : name]);
        }
    }

    [Fact]
    public async Task Fence_seal_and_head_survive_checkpoint_and_replay()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 10; i++)
            await stream.Append($"{i}");

        await stream.TrimAsync(4, CancellationToken.None);
        await stream.FenceAsync("token", null, CancellationToken.None);
        await _bench.RestartAsync();
        stream = await _bench.OpenAsync("a");
        (await stream.Append("x").Refused()).ShouldBe(LogErrorCode.Fenced);
        await stream.Append("10", new AppendConditions(FencingToken: "token"));
        await stream.TrimAsync(6, CancellationToken.None);
        await stream.SealAsync(CancellationToken.None);

        await _bench.CrashAsync();

        stream = await _bench.OpenAsync("a");
        (await stream.CheckTailAsync(CancellationToken.None)).ShouldSatisfyAllConditions(
            position => position.Head.ShouldBe(6),
            position => position.Tail.ShouldBe(11),
            position => position.Sealed.ShouldBeTrue());
        (await stream.ReadAsync(ReadRequest.FromLsn(5), CancellationToken.None).Refused()).ShouldBe(LogErrorCode.Trimmed);
        (await stream.Append("x").Refused()).ShouldBe(LogErrorCode.StreamSealed);
        (await stream.Texts(6)).ShouldBe(["6", "7", "8", "9", "10"]);
    }

    [Fact]
    public async Task Producers_are_recognized_across_a_checkpoint_and_the_replay_behind_it()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("0", Producer(0));
        await stream.Append("1", Producer(1));
        await _bench.Node.CheckpointAsync();
        await stream.Append("2", Producer(2));

        await _bench.CrashAsync();

        stream = await _bench.OpenAsync("a");
        for (var i = 0; i < 3; i++)
            (await stream.Append("again", Producer(i))).ShouldBe(new AppendResult(i, i + 1, 3, Duplicate: true));

        (await stream.Append("gap", Producer(4)).Refused()).ShouldBe(LogErrorCode.ProducerGap);
        (await stream.Append("3", Producer(3))).Start.ShouldBe(3);

        static AppendConditions Producer(long sequence) => new(Producer: new ProducerStamp("p", 1, sequence));
    }

    [Fact]
    public async Task Trims_free_files_and_what_is_left_is_found_again()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        var quiet = await _bench.CreateAsync("quiet");
        for (var i = 0; i < 60; i++)
            await stream.AppendUntilTaken(Payload(i));

        await quiet.Append("here");
        await stream.TrimAsync(55, CancellationToken.None);
        await _bench.Node.CheckpointAsync();

        _bench.Node.Wal.Head.File.ShouldBeGreaterThan(1);
        await _bench.CrashAsync();
        stream = await _bench.OpenAsync("a");
        var texts = await stream.Texts(55);
        texts.Length.ShouldBe(5);
        texts[0].ShouldStartWith("55 ");
        (await (await _bench.OpenAsync("quiet")).Texts()).ShouldBe(["here"]);
    }

    [Fact]
    public async Task Deleting_the_only_stream_of_old_files_frees_them()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 30; i++)
            await stream.AppendUntilTaken(Payload(i));

        await _bench.Node.DeleteAsync(StreamName.Parse("a"), CancellationToken.None);
        await _bench.Node.CheckpointAsync();

        _bench.Node.Wal.Head.File.ShouldBeGreaterThan(1);
        await _bench.CrashAsync();
        _bench.Node.Recovery.ShouldSatisfyAllConditions(
            recovery => recovery.Streams.ShouldBe(0),
            recovery => recovery.UnknownStreams.ShouldBe(0),
            recovery => recovery.CatalogDamage.ShouldBeNull());
    }

    [Fact]
    public async Task A_node_that_only_read_writes_no_checkpoint()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        await _bench.RestartAsync();
        (await _bench.Node.ListAsync("", "", 10, CancellationToken.None)).Streams.Count.ShouldBe(1);

        await _bench.RestartAsync();

        _bench.Node.Recovery.CheckpointSequence.ShouldBe(1);
    }

    private async Task Delete(string name) =>
        (await _bench.Node.DeleteAsync(StreamName.Parse(name), CancellationToken.None)).ShouldBeTrue();

    // A term is taken again by whoever opens the stream next, so it is the only thing that may differ.
    private async Task<List<StreamDescription>> ListAll()
    {
        var all = new List<StreamDescription>();
        var after = string.Empty;
        while (true)
        {
            var page = await _bench.Node.ListAsync(string.Empty, after, Limits.ListPage, CancellationToken.None);
            all.AddRange(page.Streams);
            if (page.NextAfter is not { } next)
                return all;

            after = next.Value;
        }
    }

    private static byte[] Payload(int number)
    {
        var payload = new byte[100_000];
        payload.AsSpan().Fill((byte)'x');
        System.Text.Encoding.ASCII.GetBytes($"{number} ", payload);
        return payload;
    }
}
