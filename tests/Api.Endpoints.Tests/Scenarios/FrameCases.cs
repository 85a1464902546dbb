using System.Buffers;
using System.Buffers.Binary;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Frames with one thing wrong each: what, the body, the status that it gets.</summary>
public static class FrameCases
{
    public static TheoryData<string, byte[], int> Bad()
    {
        var data = new TheoryData<string, byte[], int>();
        var good = Good();
        data.Add("empty", [], 400);
        data.Add("magic", [.. "OLP1"u8, .. good[4..]], 400);
        for (var length = 1; length < good.Length; length++)
            data.Add($"cut at {length}", good[..length], 400);

        data.Add("more", [.. good, 0], 400);
        data.Add("no records", With(good, 4, 0), 400);
        data.Add("one promised more", With(good, 4, 2), 400);
        data.Add("4 billion records", With(good, 4, uint.MaxValue), 413);
        data.Add("a content of 4 GB", With(good, 8, uint.MaxValue), 413);
        data.Add("a content longer than the body", With(good, 8, 1000), 400);
        data.Add("timestamp", With(good, 16, 0x80000000), 400);
        data.Add("spare", With(good, 20, 0x00010001), 400);
        data.Add("65535 headers", With(good, 20, 0xFFFF), 413);
        data.Add("a header's name longer than the record", With(good, 24, 0x0000FFFF), 400);
        data.Add("a header's value longer than the record", With(good, 26, uint.MaxValue), 400);
        data.Add("an empty header name", With(good, 24, 0x00040000), 400);
        return data;
    }

    private static byte[] Good()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAppend(writer, 1);
        FrameWriter.WriteRecord(writer, 5, 1, 6 + 1 + 1 + 2);
        FrameWriter.WriteHeader(writer, "k"u8, "v"u8);
        writer.Write("xy"u8);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] With(byte[] good, int offset, uint value)
    {
        var copy = good.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(offset), value);
        return copy;
    }
}
