namespace Orleans.Log.Testing.Conformance;

/// <summary>Offloading, as far as callers see it. For factories whose logs have a blob store; nothing else runs against it meanwhile.</summary>
public abstract class SnapshotConformance<TFactory> : LogServiceConformance<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task A_snapshot_holds_everything_that_was_committed()
    {
        var stream = await CreateWithAsync("s", "a", "b", "c");
        (await stream.CheckTailAsync(None)).Offloaded.ShouldBe(0);

        var snapshot = await SoonAsync(stream.SnapshotAsync(None), "a snapshot");
        snapshot.Lsn.ShouldBe(3);
        snapshot.Term.ShouldBe((await stream.DescribeAsync(None)).Term);
        snapshot.At.ShouldBe(Time.GetUtcNow());
        (await stream.CheckTailAsync(None)).Offloaded.ShouldBe(3);
        (await stream.DescribeAsync(None)).Offloaded.ShouldBe(3);
        (await stream.ListSnapshotsAsync(None))[0].ShouldBe(snapshot);
    }

    [Fact]
    public async Task A_snapshot_of_what_is_published_is_the_published_one()
    {
        var stream = await CreateWithAsync("s", "a");
        var first = await SoonAsync(stream.SnapshotAsync(None), "a snapshot");
        Time.Advance(TimeSpan.FromSeconds(1));
        (await SoonAsync(stream.SnapshotAsync(None), "a snapshot")).ShouldBe(first);

        await AppendAsync(stream, "b");
        (await SoonAsync(stream.SnapshotAsync(None), "a snapshot")).Lsn.ShouldBe(2);
    }

    [Fact]
    public async Task An_empty_stream_has_a_snapshot_too()
    {
        var stream = await CreateAsync("s");
        (await stream.ListSnapshotsAsync(None)).ShouldBeEmpty();
        (await SoonAsync(stream.SnapshotAsync(None), "a snapshot")).Lsn.ShouldBe(0);
        (await stream.ListSnapshotsAsync(None)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Readers_cross_the_border_without_noticing()
    {
        var stream = await CreateWithAsync("s", "a", "b");
        await SoonAsync(stream.SnapshotAsync(None), "a snapshot");
        await AppendAsync(stream, "c");

        (await TextsToTheEndAsync(stream, 0)).ShouldBe(["a", "b", "c"]);
        (await TextsToTheEndAsync(stream, 1)).ShouldBe(["b", "c"]);
        (await ReadAsync(stream, ReadRequest.LastRecords(1))).ShouldBe(["c"]);
        (await ReadAsync(stream, ReadRequest.Since(0) with { MaxRecords = 1 })).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_page_knows_whether_it_is_history()
    {
        var stream = await CreateWithAsync("s", "a", "b");
        await SoonAsync(stream.SnapshotAsync(None), "a snapshot");
        await AppendAsync(stream, "c");

        using var history = await stream.ReadAsync(ReadRequest.FromLsn(0) with { MaxRecords = 2 }, None);
        (history.IsHistorical, history.Offloaded).ShouldBe((true, 2L));
        using var present = await stream.ReadAsync(ReadRequest.FromLsn(2), None);
        present.IsHistorical.ShouldBeFalse();
        using var nothing = await stream.ReadAsync(ReadRequest.FromLsn(3), None);
        nothing.IsHistorical.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_trimmed_is_gone_from_history_too()
    {
        var stream = await CreateWithAsync("s", "a", "b", "c");
        await SoonAsync(stream.SnapshotAsync(None), "a snapshot");
        await stream.TrimAsync(2, None);

        (await ShouldFailAsync(LogErrorCode.Trimmed, () => stream.ReadAsync(ReadRequest.FromLsn(1), None))).Head.ShouldBe(2);
        (await ReadAsync(stream, ReadRequest.FromLsn(2))).ShouldBe(["c"]);
    }

    [Fact]
    public async Task A_deleted_stream_has_no_snapshots()
    {
        var stream = await CreateWithAsync("s", "a");
        await SoonAsync(stream.SnapshotAsync(None), "a snapshot");
        await Log.DeleteAsync(stream.Name, None);

        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => stream.SnapshotAsync(None));
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => stream.ListSnapshotsAsync(None));
        var anew = await CreateAsync("s");
        (await anew.ListSnapshotsAsync(None)).ShouldBeEmpty();
        (await anew.CheckTailAsync(None)).Offloaded.ShouldBe(0);
    }

    private static async Task<List<string>> TextsToTheEndAsync(ILogStream stream, long from)
    {
        var texts = new List<string>();
        for (var next = from; ;)
        {
            using var page = await stream.ReadAsync(ReadRequest.FromLsn(next), None);
            texts.AddRange(Texts(page));
            next = page.Next;
            if (next == page.Tail)
                return texts;
        }
    }
}
