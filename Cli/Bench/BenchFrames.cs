using System.Buffers;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Cli.Bench;

/// <summary>A batch as it goes over the wire, made once for a whole run.</summary>
internal static class BenchFrames
{
    public static ReadOnlyMemory<byte> Batch(ReadOnlyMemory<byte>[] payloads)
    {
        var body = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAppend(body, payloads.Length);
        foreach (var payload in payloads)
        {
            FrameWriter.WriteRecord(body, FrameFormat.NoTimestamp, 0, payload.Length);
            body.Write(payload.Span);
        }

        return body.WrittenMemory;
    }
}
