using System.Text;
using Orleans.Log.Cli.Files;

namespace Orleans.Log.Cli.Tests;

public class BatchCutterTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("a")]
    [InlineData("\n")]
    [InlineData("\n\n\n")]
    [InlineData("a\r\nb\rc\n\rd\r")]
    [InlineData("no end\nof line")]
    [InlineData("nul\0in\0it\n")]
    [InlineData("12345678\n")]
    [InlineData("12345678")]
    [InlineData("123456789\n")]
    [InlineData("1234567812345678\n12345678123456789")]
    public async Task What_is_cut_goes_together_again(string text)
    {
        var records = await CutAsync(Encoding.UTF8.GetBytes(text), pieceBytes: 8);
        Joined(records).ShouldBe(text);
        records.ShouldAllBe(r => r.Payload.Length <= 8);
    }

    [Fact]
    public async Task A_line_is_one_record_without_its_line_feed_and_with_its_carriage_return()
    {
        var records = await CutAsync("one\r\ntwo\n\n"u8.ToArray(), pieceBytes: 100);
        records.Select(r => Encoding.UTF8.GetString(r.Payload)).ShouldBe(["one\r", "two", ""]);
        records.ShouldAllBe(r => r.EndsLine);
    }

    [Fact]
    public async Task A_line_as_long_as_a_record_may_be_stays_whole()
    {
        var records = await CutAsync("12345678\nx\n"u8.ToArray(), pieceBytes: 8);
        records.Select(r => r.Payload.Length).ShouldBe([8, 1]);
        records[0].EndsLine.ShouldBeTrue();
    }

    [Fact]
    public async Task A_longer_line_is_cut_and_only_its_last_piece_ends_the_line()
    {
        var records = await CutAsync("123456789\n"u8.ToArray(), pieceBytes: 8);
        records.Select(r => (r.Payload.Length, r.EndsLine)).ShouldBe([(8, false), (1, true)]);
    }

    [Fact]
    public async Task The_cut_does_not_depend_on_how_much_a_read_returns()
    {
        var random = new Random(5);
        var bytes = new byte[900_000];
        random.NextBytes(bytes);
        var whole = await CutBatchesAsync(new MemoryStream(bytes), 3_000);
        var dripping = await CutBatchesAsync(new DrippingStream(bytes, random), 3_000);
        dripping.ShouldBe(whole);
        whole.Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task Batches_stay_within_their_bounds()
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("x\n", 5_000)) + new string('y', 1_000_000) + "\n");
        var batches = await CutBatchesAsync(new MemoryStream(lines), 100_000);
        batches.ShouldAllBe(b => b.Records <= LineFormat.BatchRecords && b.Bytes <= LineFormat.BatchBytes + 100_001);
        batches.Sum(b => b.Bytes).ShouldBe(lines.Length);
    }

    private static async Task<List<(byte[] Payload, bool EndsLine)>> CutAsync(byte[] file, int pieceBytes)
    {
        var cutter = new BatchCutter(new MemoryStream(file), pieceBytes);
        var records = new List<(byte[], bool)>();
        while (await cutter.NextAsync(default) is { Records.IsEmpty: false } batch)
        {
            foreach (var record in batch.Records.ToArray())
                records.Add((record.Payload.ToArray(), LineFormat.EndsLine(record.Headers.ToArray())));
        }

        return records;
    }

    private static async Task<List<(int Records, long Bytes)>> CutBatchesAsync(Stream file, int pieceBytes)
    {
        var cutter = new BatchCutter(file, pieceBytes);
        var batches = new List<(int, long)>();
        while (await cutter.NextAsync(default) is { Records.IsEmpty: false } batch)
            batches.Add((batch.Records.Length, batch.FileBytes));

        return batches;
    }

    private static string Joined(List<(byte[] Payload, bool EndsLine)> records) =>
        string.Concat(records.Select(r => Encoding.UTF8.GetString(r.Payload) + (r.EndsLine ? "\n" : string.Empty)));

    private sealed class DrippingStream(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, 5_000))], cancellationToken);
    }
}
