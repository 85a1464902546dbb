using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Reading;

/// <summary>Readers of a node do not notice where records are: in its log or in its store.</summary>
public sealed class ReadThroughTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly FaultyStore _blobs = new(new MemoryBlobStore());
    private readonly NodeBench _bench;

    public ReadThroughTests() => _bench = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    /// <summary>A reader at the tail knows a snapshot; the sections that it names are folded into newer ones, and swept.</summary>
    [Fact]
    public async Task A_section_that_was_folded_and_swept_since_a_reader_learned_of_it_is_looked_for_anew()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await OffloadAsync(SegmentList.FoldAt + 1);
        await ReadAsync(SegmentList.FoldAt);
        var before = await SectionAsync();

        await OffloadAsync(SegmentList.FoldAt);
        (await SectionAsync()).Item.ShouldNotBe(before.Item, "It was folded again.");
        await _bench.Node.Store!.SweepAsync(CancellationToken.None);

        await ReadAsync(0);

        async Task OffloadAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                await stream.Append("x");
                await _bench.Node.Store!.OffloadAllAsync();
            }
        }

        async Task ReadAsync(long lsn)
        {
            using var page = await stream.ReadAsync(ReadRequest.FromLsn(lsn), CancellationToken.None);
            page.Records.Span[0].Lsn.ShouldBe(lsn);
        }

        async Task<SectionRef> SectionAsync() => (await StoreReader.ReadAsync(_blobs, "a")).Snapshot.Segments.Older.ShouldNotBeNull();
    }

    /// <summary>A long time passes between a cut and its publication, and between that and the next one.</summary>
    [Fact]
    public async Task What_came_after_a_cut_is_found_in_the_log_however_coarse_the_index_has_become()
    {
        await _bench.StartAsync();
        var (stream, other) = (await _bench.CreateAsync("a"), await _bench.CreateAsync("b"));
        await stream.Append("0");
        var file = _bench.Node.Wal.End.File;
        _bench.OffloadProbe = stage =>
        {
            if (stage == OffloadStage.Publish && _bench.Node.Wal.End.File == file)
                Task.Run(BehindTheCutAsync).GetAwaiter().GetResult();
        };
        await PublishAsync();
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(1);
        await other.TrimAsync((await other.CheckTailAsync(CancellationToken.None)).Tail, CancellationToken.None);
        await _bench.Node.CheckpointAsync();
        _bench.Node.Wal.Head.File.ShouldBeGreaterThan(file, "Nobody needs the file any more in which the cut was made.");

        for (var i = 2; i < 100; i++)
        {
            await other.AppendUntilTaken(new byte[StreamIndex.FirstStride]);
            await stream.Append($"{i}");
        }

        for (var lsn = 1; lsn < 100; lsn++)
        {
            using var page = await stream.ReadAsync(ReadRequest.FromLsn(lsn) with { MaxRecords = 1 }, CancellationToken.None);
            Encoding.UTF8.GetString(page.Records.Span[0].Payload.Span).ShouldBe($"{lsn}");
        }

        async Task BehindTheCutAsync()
        {
            while (_bench.Node.Wal.End.File == file)
                await other.AppendUntilTaken(new byte[StreamIndex.FirstStride]);

            await stream.Append("1");
        }

        async Task PublishAsync()
        {
            var published = stream.SnapshotAsync(CancellationToken.None);
            await _bench.Node.Store!.RunAsync();
            await published;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_read_gives_what_was_appended_wherever_it_is(int seed)
    {
        var random = new Random(seed);
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        var other = await _bench.CreateAsync("b");
        var (records, head) = (new List<(long Timestamp, string Text)>(), 0L);
        for (var step = 0; step < 120; step++)
        {
            switch (random.Next(10))
            {
                case < 5:
                    _clock.Advance(TimeSpan.FromMilliseconds(random.Next(3)));
                    await AppendAsync(random.Next(1, 20));
                    await other.Append("of somebody else");
                    break;
                case < 7:
                    await _bench.Node.Store!.OffloadAllAsync();
                    break;
                case 7 when records.Count > 0:
                    head = Math.Max(head, random.Next(records.Count + 1) - random.Next(40));
                    await stream.TrimAsync(head, CancellationToken.None);
                    break;
                case 8:
                    await _bench.Node.CheckpointAsync();
                    break;
                case 9 when random.Next(3) == 0:
                    await _bench.RestartAsync();
                    (stream, other) = (await _bench.OpenAsync("a"), await _bench.OpenAsync("b"));
                    break;
            }

            await CheckAsync();
        }

        async Task AppendAsync(int count)
        {
            var batch = Enumerable.Range(records.Count, count).Select(i => $"{i}:" + new string('x', random.Next(200))).ToArray();
            await stream.AppendAsync(new RecordBatch(batch.Select(text => new AppendRecord(Encoding.UTF8.GetBytes(text))).ToArray()), default, CancellationToken.None);
            records.AddRange(batch.Select(text => (_clock.GetUtcNow().ToUnixTimeMilliseconds(), text)));
        }

        async Task CheckAsync()
        {
            // All of it, from anywhere.
            for (var lsn = random.Next(5) == 0 ? head : head + random.NextInt64(records.Count - head + 1); lsn < records.Count;)
                lsn = await PageAsync(ReadRequest.FromLsn(lsn) with { MaxRecords = random.Next(1, 60) }, lsn);

            await PageAsync(ReadRequest.LastRecords(random.Next(50)) with { MaxRecords = 50 }, null);
            if (records.Count == 0)
                return;

            var time = records[0].Timestamp + random.NextInt64(records[^1].Timestamp - records[0].Timestamp + 3) - 1;
            var first = records.FindIndex((int)Math.Min(head, records.Count), record => record.Timestamp >= time);
            await PageAsync(ReadRequest.Since(time), first < 0 ? records.Count : first);
        }

        async Task<long> PageAsync(ReadRequest request, long? from)
        {
            using var page = await stream.ReadAsync(request, CancellationToken.None);
            var at = from ?? Math.Max(head, records.Count - request.Start);
            (page.Head, page.Tail).ShouldBe((head, records.Count));
            page.Records.IsEmpty.ShouldBe(at == records.Count, $"nothing from {at} on");
            foreach (var record in page.Records.ToArray())
            {
                (record.Lsn, record.Timestamp, Encoding.UTF8.GetString(record.Payload.Span)).ShouldBe((at, records[(int)at].Timestamp, records[(int)at].Text));
                at++;
            }

            page.Next.ShouldBe(at);
            return at;
        }
    }

    [Fact]
    public async Task Readers_see_no_gap_and_nothing_twice_while_records_move_to_the_store()
    {
        const int Records = 3_000;
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        var appending = Task.Run(async () =>
        {
            for (var i = 0; i < Records; i++)
                await stream.Append($"{i}");
        });
        var moving = Task.Run(async () =>
        {
            while (!appending.IsCompleted)
            {
                await _bench.Node.Store!.OffloadAllAsync();
                await _bench.Node.CheckpointAsync();
            }
        });
        var readers = Enumerable.Range(0, 4).Select(seed => Task.Run(() => ReadAllAsync(new Random(seed)))).ToArray();

        await Task.WhenAll([appending, moving, .. readers]);

        async Task ReadAllAsync(Random random)
        {
            for (long lsn = 0; lsn < Records;)
            {
                using var page = await stream.ReadAsync(
                    ReadRequest.FromLsn(lsn) with { MaxRecords = random.Next(1, 300), Wait = TimeSpan.FromSeconds(10) }, CancellationToken.None);
                foreach (var record in page.Records.ToArray())
                {
                    record.Lsn.ShouldBe(lsn);
                    Encoding.UTF8.GetString(record.Payload.Span).ShouldBe($"{lsn++}");
                }

                // From the beginning now and then, which is in the store by now.
                if (random.Next(4) == 0)
                {
                    using var first = await stream.ReadAsync(ReadRequest.FromLsn(0) with { MaxRecords = 10 }, CancellationToken.None);
                    Encoding.UTF8.GetString(first.Records.Span[0].Payload.Span).ShouldBe("0");
                }
            }
        }
    }

    [Fact]
    public async Task When_the_store_is_away_what_the_log_has_can_be_read_and_the_rest_when_it_is_back()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("old");
        await _bench.Node.Store!.OffloadAllAsync();
        await stream.Append("new");
        _blobs.OnRead = (_, _, _) => throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "away");

        var error = await Should.ThrowAsync<LogException>(async () => await stream.ReadAsync(ReadRequest.FromLsn(0), CancellationToken.None));
        error.Code.ShouldBe(LogErrorCode.StoreUnavailable);
        LogErrors.IsRetryable(error.Code).ShouldBeTrue();
        (await TextsAsync(stream, ReadRequest.FromLsn(1))).ShouldBe(["new"]);

        _blobs.OnRead = null;
        (await TextsAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["old"]);
    }

    [Fact]
    public async Task A_node_that_starts_without_its_store_says_so_to_readers_of_what_is_there_only()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("old");
        await _bench.Node.Store!.OffloadAllAsync();
        await stream.Append("new");
        _blobs.OnRead = (_, _, _) => throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "away");
        await _bench.RestartAsync();

        stream = await _bench.OpenAsync("a");
        (await Should.ThrowAsync<LogException>(async () => await stream.ReadAsync(ReadRequest.FromLsn(0), CancellationToken.None)))
            .Code.ShouldBe(LogErrorCode.StoreUnavailable);
        (await TextsAsync(stream, ReadRequest.FromLsn(1))).ShouldBe(["new"]);

        _blobs.OnRead = null;
        await _bench.Node.Store!.AttachAsync(CancellationToken.None);
        (await TextsAsync(stream, ReadRequest.FromLsn(0))).ShouldBe(["old"]);
    }

    [Fact]
    public async Task A_read_that_waits_at_the_tail_of_an_offloaded_stream_gets_the_next_record()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("old");
        await _bench.Node.Store!.OffloadAllAsync();
        var waiting = stream.ReadAsync(ReadRequest.FromLsn(1) with { Wait = TimeSpan.FromSeconds(30) }, CancellationToken.None);
        waiting.IsCompleted.ShouldBeFalse();
        await stream.Append("new");
        using var page = await waiting;
        Encoding.UTF8.GetString(page.Records.Span[0].Payload.Span).ShouldBe("new");
    }

    [Fact]
    public async Task What_was_trimmed_while_it_was_read_from_the_store_is_trimmed_and_not_damaged()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 10; i++)
            await stream.Append($"{i}");

        await _bench.Node.Store!.OffloadAllAsync();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _blobs.OnRead = (name, _, bytes) =>
        {
            if (!name.StartsWith("segments/", StringComparison.Ordinal))
                return;

            reached.TrySetResult();
            gate.Task.Wait();
            throw new BlobStoreException(BlobStoreErrorKind.NotFound, "swept");
        };
        var reading = Task.Run(async () => await stream.ReadAsync(ReadRequest.FromLsn(2), CancellationToken.None));
        await reached.Task;
        await stream.TrimAsync(5, CancellationToken.None);
        gate.SetResult();
        (await Should.ThrowAsync<LogException>(reading)).Code.ShouldBe(LogErrorCode.Trimmed);
    }

    private static async Task<string[]> TextsAsync(ILogStream stream, ReadRequest request)
    {
        using var page = await stream.ReadAsync(request, CancellationToken.None);
        return [.. page.Records.ToArray().Select(record => Encoding.UTF8.GetString(record.Payload.Span))];
    }
}
