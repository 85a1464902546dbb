using System.Buffers;
using System.Runtime.InteropServices;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Reading;

/// <summary>What a page takes without a copy, in long strides over plain records, is what it takes by copying, one record after the other.</summary>
public sealed class PageFillTests
{
    private const long Time = 1_795_000_000_000;
    private const int Rounds = 2_000;

    /// <summary>Most records are plain, some have headers or a time of their own; pages end by count, bytes, time or LSN, and begin anywhere.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lent_records_are_those_that_are_copied(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var batches = Batches(random);
            var (plan, from, end) = Plan(random, batches);
            Read(batches, plan, from, end, lends: true).ShouldBe(Read(batches, plan, from, end, lends: false), $"seed {seed}, round {round}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Damage_ends_both_at_the_same_record(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var batches = Batches(random);
            var (_, body) = batches[random.Next(batches.Count)];
            body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
            var (plan, from, end) = Plan(random, batches);
            Read(batches, plan, from, end, lends: true).ShouldBe(Read(batches, plan, from, end, lends: false), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void A_page_that_was_given_back_refers_to_no_memory()
    {
        var random = new Random(4);
        var batches = Batches(random);
        var page = Fill(batches, new ReadPlan { Start = 0, MaxRecords = 1000, MaxBytes = 1 << 20, Until = long.MaxValue }, 0, long.MaxValue, lends: true).Build();
        MemoryMarshal.TryGetArray(page.Records, out var records).ShouldBeTrue();
        records.ShouldContain(record => record.Payload.Length > 0);
        page.Dispose();
        records.ShouldAllBe(record => record.Equals(default(LogRecord)));
    }

    private static List<(WalEntry Entry, byte[] Body)> Batches(Random random)
    {
        var (lsn, time) = (0L, Time);
        var batches = new List<(WalEntry, byte[])>();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var records = new AppendRecord[random.Next(1, 12)];
            foreach (ref var record in records.AsSpan())
            {
                var payload = new byte[random.Next(0, 40)];
                random.NextBytes(payload);
                RecordHeader[] headers = random.Next(6) == 0 ? [new RecordHeader(new byte[3], new byte[random.Next(5)])] : [];
                long? own = random.Next(6) == 0 ? time += random.Next(5) : null;
                record = new AppendRecord(new ReadOnlySequence<byte>(payload), headers, own);
            }

            var batch = new RecordBatch(records);
            BatchShape.Check(batch, AppendConditions.None, Limits.RecordBytes, out var shape).ShouldBeNull();
            var body = new AppendBody(batch, shape, null, previous: time, now: time);
            var bytes = new byte[body.Length];
            body.WriteTo(bytes);
            batches.Add((new WalEntry(WalEntryType.Append, WalEntryFlags.None, new StreamId(1), 1, 0, records.Length, lsn, 1, body.FirstTimestamp), bytes));
            (lsn, time) = (lsn + records.Length, body.LastTimestamp);
        }

        return batches;
    }

    private static (ReadPlan Plan, long From, long End) Plan(Random random, List<(WalEntry Entry, byte[] Body)> batches)
    {
        var all = batches[^1].Entry.Lsn + batches[^1].Entry.Count;
        var from = random.NextInt64(all);
        var byTime = random.Next(3) == 0;
        var plan = new ReadPlan
        {
            Start = byTime ? null : from,
            Since = byTime ? Time + random.Next(10) : 0,
            MaxRecords = random.Next(1, 40),
            MaxBytes = random.Next(1, 1000),
            Until = random.Next(3) == 0 ? Time + random.Next(20) : long.MaxValue,
        };
        return (plan, byTime ? 0 : from, random.Next(2) == 0 ? all : random.NextInt64(from, all) + 1);
    }

    private static PageFill Fill(List<(WalEntry Entry, byte[] Body)> batches, in ReadPlan plan, long from, long end, bool lends)
    {
        var fill = new PageFill(plan, from);
        try
        {
            foreach (var (entry, body) in batches)
            {
                if (!fill.IsFull && fill.Next < end)
                    fill.Take(entry, body, end, ReadSource.Blob, lends ? body.AsMemory() : default);
            }
        }
        catch (LogException error) when (error.Code == LogErrorCode.Corrupt)
        {
            // What was read before it counts.
        }

        return fill;
    }

    private static string Read(List<(WalEntry Entry, byte[] Body)> batches, in ReadPlan plan, long from, long end, bool lends)
    {
        var fill = Fill(batches, plan, from, end, lends);
        var full = fill.IsFull;
        using var page = fill.Build();
        var records = page.Records.ToArray().Select(record =>
            $"{record.Lsn} {record.Timestamp} {Convert.ToHexString(record.Payload.Span)} {string.Join(',', record.Headers.ToArray().Select(header => header.Value.Length))}");
        return $"{full} {page.Next} {((WalReadPage)page).Sources.Blob}\n{string.Join('\n', records)}";
    }
}
