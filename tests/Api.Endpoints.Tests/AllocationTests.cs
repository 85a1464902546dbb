using System.Buffers;
using System.Text;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Endpoints.Bodies;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>Parsing a body allocates what it allocates for one record, however many there are: memory per record comes from pools.</summary>
public sealed class AllocationTests
{
    private const int Many = 4_000;

    /// <summary>What the lists inside the arenas may grow by, in bytes: about one for each record.</summary>
    private const long Slack = 4 * 1024;

    [Theory]
    [InlineData("text")]
    [InlineData("frames")]
    [InlineData("json")]
    [InlineData("lines")]
    public void A_record_more_costs_no_allocation(string form)
    {
        var one = Measure(form, 1);
        var many = Measure(form, Many);
        (many - one).ShouldBeLessThan(Slack, $"one record {one} bytes, {Many} records {many} bytes");
    }

    private static long Measure(string form, int records)
    {
        var body = new ReadOnlySequence<byte>(Make(form, records));
        for (var warm = 0; warm < 3; warm++)
            Parse(form, body).ShouldBe(records);

        // The pools may be trimmed at any moment; what counts is what it takes when they are not.
        return Enumerable.Range(0, 10).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Parse(form, body);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }

    private static int Parse(string form, in ReadOnlySequence<byte> body)
    {
        using var batch = new BatchBuilder();
        switch (form)
        {
            case "text":
                PlainBodies.ReadLines(body, batch);
                break;
            case "frames":
                PlainBodies.ReadFrames(body, batch);
                break;
            case "json":
                JsonBatchReader.Read(body, batch, AppendConditions.None);
                break;
            default:
                var rest = body;
                new LineReader(batch).Take(ref rest, last: true);
                break;
        }

        return batch.Count;
    }

    private static byte[] Make(string form, int records)
    {
        const string record = """{"text":"a payload with \u0065scapes","headers":[["key","value"]],"timestamp":12}""";
        switch (form)
        {
            case "text":
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a line of text\n", records)));
            case "json":
                return Encoding.UTF8.GetBytes("{\"records\":[" + string.Join(',', Enumerable.Repeat(record, records)) + "]}");
            case "lines":
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(record + "\n", records)));
        }

        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAppend(writer, records);
        for (var i = 0; i < records; i++)
        {
            FrameWriter.WriteRecord(writer, i, 1, 6 + 2 + 10);
            FrameWriter.WriteHeader(writer, "k"u8, "v"u8);
            writer.Write("0123456789"u8);
        }

        return writer.WrittenSpan.ToArray();
    }
}
