using System.Text;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Tests.Pipeline;
using static Orleans.Log.Engine.Tests.Pipeline.StreamHarness;

namespace Orleans.Log.Engine.Tests.Reading;

public class ReadTests
{
    private readonly StreamHarness _node = new();

    [Fact]
    public void Payloads_headers_and_timestamps_come_back_byte_for_byte()
    {
        var stream = _node.Open();
        var random = new Random(7);
        var records = new List<AppendRecord>();
        for (var i = 0; i < 300; i++)
        {
            var payload = new byte[random.Next(4) == 0 ? 0 : random.Next(3_000)];
            random.NextBytes(payload);
            var headers = new RecordHeader[random.Next(5)];
            for (var h = 0; h < headers.Length; h++)
                headers[h] = new RecordHeader(Encoding.UTF8.GetBytes($"name{h}"), Encoding.UTF8.GetBytes(new string('v', random.Next(40))));

            records.Add(new AppendRecord(new(payload), headers, 1_000 + i / 3));
        }

        foreach (var chunk in records.Chunk(17))
            _node.Append(stream, Batch(chunk));

        var lsn = 0;
        while (lsn < 300)
        {
            using var page = Read(stream, ReadRequest.FromLsn(lsn) with { MaxBytes = 20_000 });
            foreach (var read in page.Records.ToArray())
            {
                var wrote = records[lsn];
                read.Lsn.ShouldBe(lsn++);
                read.Timestamp.ShouldBe(wrote.Timestamp!.Value);
                read.Payload.ToArray().ShouldBe(wrote.Payload.FirstSpan.ToArray());
                read.Headers.Length.ShouldBe(wrote.Headers.Length);
                for (var h = 0; h < wrote.Headers.Length; h++)
                {
                    read.Headers.Span[h].Name.Span.SequenceEqual(wrote.Headers.Span[h].Name.Span).ShouldBeTrue();
                    read.Headers.Span[h].Value.Span.SequenceEqual(wrote.Headers.Span[h].Value.Span).ShouldBeTrue();
                }
            }

            page.Next.ShouldBe(lsn);
        }
    }

    [Fact]
    public void A_page_respects_every_bound_and_holds_at_least_one_record()
    {
        var stream = Numbers(100);
        Texts(Read(stream, ReadRequest.FromLsn(5) with { MaxRecords = 3 })).ShouldBe(["5", "6", "7"]);
        Texts(Read(stream, ReadRequest.FromLsn(5) with { MaxBytes = 2 * (1 + Limits.RecordOverheadBytes) })).ShouldBe(["5", "6"]);
        Texts(Read(stream, ReadRequest.FromLsn(5) with { MaxBytes = 1 })).ShouldBe(["5"]);
        using var until = Read(stream, ReadRequest.FromLsn(5) with { Until = At(8) });
        Texts(until).ShouldBe(["5", "6", "7"]);
        until.Next.ShouldBe(8);
        using var none = Read(stream, ReadRequest.FromLsn(9) with { Until = At(8) });
        (none.Records.Length, none.Next, none.Tail).ShouldBe((0, 9, 100));
    }

    [Fact]
    public void A_read_may_begin_within_a_batch()
    {
        var stream = _node.Open();
        _node.Append(stream, Batch("a", "b", "c"));
        _node.Append(stream, Batch("d", "e"));
        Texts(Read(stream, ReadRequest.FromLsn(1) with { MaxRecords = 3 })).ShouldBe(["b", "c", "d"]);
        Texts(Read(stream, ReadRequest.FromLsn(4))).ShouldBe(["e"]);
    }

    [Fact]
    public void The_last_records_are_counted_from_the_tail()
    {
        var stream = Numbers(10);
        Texts(Read(stream, ReadRequest.LastRecords(3))).ShouldBe(["7", "8", "9"]);
        Texts(Read(stream, ReadRequest.LastRecords(30))).Length.ShouldBe(10);
        using var tail = Read(stream, ReadRequest.LastRecords(0));
        (tail.Records.Length, tail.Next).ShouldBe((0, 10));
        _node.Settle(stream.TrimAsync(8, default));
        Texts(Read(stream, ReadRequest.LastRecords(5))).ShouldBe(["8", "9"]);
    }

    [Fact]
    public void A_time_gives_the_first_record_that_is_not_older()
    {
        var stream = Numbers(100);
        foreach (var i in new[] { 0, 1, 37, 62, 98, 99 })
        {
            Texts(Read(stream, ReadRequest.Since(At(i))))[0].ShouldBe($"{i}");
            Texts(Read(stream, ReadRequest.Since(At(i) - 9)))[0].ShouldBe($"{i}");
        }

        Texts(Read(stream, ReadRequest.Since(0)))[0].ShouldBe("0");
        using var later = Read(stream, ReadRequest.Since(At(100)));
        (later.Records.Length, later.Next).ShouldBe((0, 100));
        _node.Settle(stream.TrimAsync(50, default));
        Texts(Read(stream, ReadRequest.Since(At(10))))[0].ShouldBe("50");
    }

    [Fact]
    public void Records_of_one_time_are_all_found_by_it()
    {
        var stream = _node.Open();
        for (var i = 0; i < 100; i++)
            _node.Append(stream, new RecordBatch(new AppendRecord(new(Encoding.UTF8.GetBytes($"{i}")), Timestamp: i / 40)));

        Texts(Read(stream, ReadRequest.Since(1)))[0].ShouldBe("40");
    }

    [Fact]
    public void Positions_outside_the_stream_are_refused_or_clamped()
    {
        var stream = Numbers(10);
        _node.Settle(stream.TrimAsync(4, default));
        var trimmed = Refusal(stream.ReadAsync(ReadRequest.FromLsn(3), default));
        (trimmed.Code, trimmed.Facts.Head).ShouldBe((LogErrorCode.Trimmed, 4));
        var unwritten = Refusal(stream.ReadAsync(ReadRequest.FromLsn(11), default));
        (unwritten.Code, unwritten.Facts.Tail).ShouldBe((LogErrorCode.Unwritten, 10));
        Texts(Read(stream, ReadRequest.FromLsn(0) with { Clamp = true }))[0].ShouldBe("4");
        Read(stream, ReadRequest.FromLsn(99) with { Clamp = true }).Next.ShouldBe(10);
        Read(stream, ReadRequest.FromLsn(10)).Records.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData(-1, 1, 1, 0)]
    [InlineData(long.MaxValue, 1, 1, 0)]
    [InlineData(0, 0, 1, 0)]
    [InlineData(0, 10_001, 1, 0)]
    [InlineData(0, 1, 0, 0)]
    [InlineData(0, 1, 4 * 1024 * 1024 + 1, 0)]
    [InlineData(0, 1, 1, -1)]
    [InlineData(0, 1, 1, 31)]
    public void A_request_out_of_bounds_is_a_bad_request(long start, int records, int bytes, int seconds)
    {
        var request = new ReadRequest { Start = start, MaxRecords = records, MaxBytes = bytes, Wait = TimeSpan.FromSeconds(seconds) };
        Refusal(_node.Open().ReadAsync(request, default)).Code.ShouldBe(LogErrorCode.BadRequest);
    }

    [Fact]
    public void A_page_is_independent_of_the_log_and_can_be_disposed_twice_or_never()
    {
        var stream = Numbers(10);
        var kept = Read(stream, ReadRequest.FromLsn(0));
        for (var i = 0; i < 100; i++)
        {
            var page = Read(stream, ReadRequest.FromLsn(0));
            page.Dispose();
            page.Dispose();
            page.Records.IsEmpty.ShouldBeTrue();
        }

        Texts(kept).ShouldBe(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        _node.Wal.OpenCursors.ShouldBe(0);
    }

    [Fact]
    public void Going_on_from_page_to_page_costs_no_search()
    {
        var stream = Numbers(5_000);
        var before = _node.Wal.Steps;
        var pages = 0;
        for (long next = 0; next < 5_000; pages++)
        {
            using var page = Read(stream, ReadRequest.FromLsn(next) with { MaxRecords = 10 });
            next = page.Next;
        }

        (_node.Wal.Steps - before).ShouldBeLessThan(5_000 + pages * 3);
    }

    [Fact]
    public void A_rare_stream_jumps_over_the_others_data()
    {
        var (rare, busy) = (_node.Open(1), _node.Open(2));
        for (var i = 0; i < 20; i++)
        {
            _node.Append(rare, $"{i}");
            for (var k = 0; k < 100; k++)
                _node.Append(busy, new RecordBatch(new byte[10_000]));
        }

        var before = _node.Wal.Steps;
        All(rare).Length.ShouldBe(20);
        (_node.Wal.Steps - before).ShouldBeLessThan(20 * 30, "Two thousand entries of the other stream lie between.");
    }

    [Fact]
    public void A_follower_that_is_a_little_behind_goes_from_batch_to_batch_past_what_others_wrote_between()
    {
        var stream = _node.Open(1);
        var others = Enumerable.Range(2, 50).Select(number => _node.Open(number)).ToArray();
        for (var i = 0; i < 20; i++)
        {
            _node.Append(stream, $"{i}");
            foreach (var other in others)
                _node.Append(other, "x");
        }

        var before = _node.Wal.Steps;
        All(stream).Length.ShouldBe(20);
        (_node.Wal.Steps - before).ShouldBeLessThan(20 * 2 + 2, "A thousand entries of the others lie between, all within a few kilobytes.");
    }

    [Fact]
    public void A_read_that_meets_reclaimed_files_is_answered_with_the_trim_that_allowed_it()
    {
        var stream = _node.Open();
        for (var i = 0; i < 200; i++)
            _node.Append(stream, new RecordBatch(new byte[20_000]));

        _node.Settle(stream.TrimAsync(150, default));
        _node.Wal.Head = stream.OldestLive!.Value;
        Refusal(stream.ReadAsync(ReadRequest.FromLsn(10), default)).Code.ShouldBe(LogErrorCode.Trimmed);
        All(stream).Length.ShouldBe(50);
        Read(stream, ReadRequest.Since(0)).Records.Span[0].Lsn.ShouldBe(150);
    }

    private StreamPipeline Numbers(int count)
    {
        var stream = _node.Open();
        for (var i = 0; i < count; i++)
        {
            _node.Append(stream, $"{i}");
            _node.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        return stream;
    }

    private static long At(int record) => 1_795_000_000_000 + record * 10L;
}
