using System.Globalization;
using System.Text;
using Orleans.Log.Engine.Tests.Node;

namespace Orleans.Log.Engine.Tests.Pipeline;

/// <summary>Writers, followers, trims and restarts at the same time, with real threads on the real log over a disk in memory.</summary>
public class StreamConcurrencyTests
{
    private const int Writers = 6;
    private const int Batches = 400;

    [Fact]
    public async Task Many_writers_and_followers_agree_on_one_order()
    {
        await using var bench = new NodeBench();
        await bench.StartAsync();
        var stream = await bench.CreateAsync("s");
        var followers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => FollowAsync(stream))).ToArray();
        var writers = Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(stream, w, 0, Batches))).ToArray();
        var results = await Task.WhenAll(writers);
        await stream.SealAsync(default);

        var expected = new string[results.Sum(r => r.Sum(b => b.Result.End - b.Result.Start))];
        foreach (var (text, result) in results.SelectMany(r => r))
        {
            result.Duplicate.ShouldBeFalse();
            for (var lsn = result.Start; lsn < result.End; lsn++)
            {
                expected[lsn].ShouldBeNull("No position is given twice.");
                expected[lsn] = $"{text}.{lsn - result.Start}";
            }
        }

        foreach (var followed in await Task.WhenAll(followers))
            followed.ShouldBe(expected);

        (await (await (await bench.CrashAsync()).OpenAsync(stream.Name, default)).Texts()).ShouldBe(expected);
        foreach (var one in results)
            one.Select(b => b.Result.Start).ShouldBeInOrder();
    }

    [Fact]
    public async Task Following_ends_at_its_time_bound()
    {
        await using var bench = new NodeBench();
        await bench.StartAsync();
        var stream = await bench.CreateAsync("s");
        for (var i = 0; i < 10; i++)
            await stream.AppendAsync(new RecordBatch(new AppendRecord(default, Timestamp: i)), default, default);

        var seen = 0;
        await foreach (var page in stream.FollowAsync(ReadRequest.FromLsn(0) with { Until = 6, MaxRecords = 4 }))
            seen += page.Records.Length;

        seen.ShouldBe(6);
    }

    [Fact]
    public async Task Writers_that_resend_after_every_crash_lose_nothing_and_double_nothing()
    {
        await using var bench = new NodeBench();
        await bench.StartAsync();
        await bench.CreateAsync("s");
        const int Rounds = 8, PerRound = 30;
        for (var round = 0; round < Rounds; round++)
        {
            var stream = await bench.OpenAsync("s");
            var first = Math.Max(0, round * PerRound - 10);
            var writers = Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(stream, w, first, (round + 1) * PerRound))).ToArray();
            var results = await Task.WhenAll(writers);
            foreach (var one in results)
                one.Count(b => b.Result.Duplicate).ShouldBe(round == 0 ? 0 : 10, "What was sent before the crash is recognized.");

            await bench.CrashAsync();
        }

        var texts = await (await bench.OpenAsync("s")).Texts();
        for (var writer = 0; writer < Writers; writer++)
        {
            var own = texts.Where(t => t.StartsWith($"{writer}:", StringComparison.Ordinal) && t.EndsWith(".0", StringComparison.Ordinal)).ToArray();
            own.ShouldBe(Enumerable.Range(0, Rounds * PerRound).Select(i => $"{writer}:{i}.0"));
        }
    }

    [Fact]
    public async Task Readers_of_a_stream_that_is_trimmed_and_reclaimed_under_them_see_whole_records_or_the_trim()
    {
        await using var bench = new NodeBench();
        var node = await bench.StartAsync();
        var stream = await bench.CreateAsync("s");
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            var read = 0L;
            while (!stop.IsCancellationRequested)
            {
                var position = await stream.CheckTailAsync(default);
                var from = random.NextInt64(position.Head, position.Tail + 1);
                try
                {
                    using var page = await stream.ReadAsync(ReadRequest.FromLsn(from) with { MaxRecords = 10 }, default);
                    foreach (var record in page.Records.Span)
                    {
                        record.Lsn.ShouldBe(from++);
                        record.Payload.Length.ShouldBe(4_000);
                        record.Payload.Span.IndexOfAnyExcept((byte)record.Lsn).ShouldBe(-1);
                        read++;
                    }
                }
                catch (LogException error)
                {
                    error.Code.ShouldBe(LogErrorCode.Trimmed);
                }
            }

            return read;
        })).ToArray();

        for (var lsn = 0L; lsn < 1_500; lsn++)
        {
            var payload = new byte[4_000];
            payload.AsSpan().Fill((byte)lsn);
            (await AppendAsync(stream, payload)).Start.ShouldBe(lsn);
            if (lsn % 100 == 99)
                await stream.TrimAsync(lsn - 40, default);
        }

        await stop.CancelAsync();
        (await Task.WhenAll(readers)).Sum().ShouldBeGreaterThan(0);
        GC.KeepAlive(node);
    }

    /// <summary>Appends, again and again while files are prepared more slowly than they are filled.</summary>
    private static async Task<AppendResult> AppendAsync(ILogStream stream, byte[] payload)
    {
        while (true)
        {
            try
            {
                return await stream.Append(payload);
            }
            catch (LogException error) when (error.Code == LogErrorCode.Overloaded)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Appends numbered batches as a producer, several in flight.</summary>
    private static async Task<List<(string Text, AppendResult Result)>> WriteAsync(ILogStream stream, int writer, int from, int to)
    {
        var pending = new Queue<(string, Task<AppendResult>)>();
        var done = new List<(string, AppendResult)>();
        for (var i = from; i < to; i++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{writer}:{i}");
            var records = Enumerable.Range(0, i % 3 + 1).Select(k => new AppendRecord(Encoding.UTF8.GetBytes($"{text}.{k}"))).ToArray();
            var conditions = new AppendConditions(Producer: new ProducerStamp($"writer-{writer}", 0, i));
            pending.Enqueue((text, stream.AppendAsync(new RecordBatch((ReadOnlyMemory<AppendRecord>)records), conditions, default).AsTask()));
            if (pending.Count == 8)
                await Take();
        }

        while (pending.Count > 0)
            await Take();

        return done;

        async Task Take()
        {
            var (text, append) = pending.Dequeue();
            done.Add((text, await append));
        }
    }

    private static async Task<string[]> FollowAsync(ILogStream stream)
    {
        var texts = new List<string>();
        await foreach (var page in stream.FollowAsync(ReadRequest.FromLsn(0)))
        {
            foreach (var record in page.Records.Span)
            {
                record.Lsn.ShouldBe(texts.Count);
                texts.Add(Encoding.UTF8.GetString(record.Payload.Span));
            }
        }

        return [.. texts];
    }
}
