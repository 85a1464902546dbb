using System.Buffers;
using BenchmarkDotNet.Attributes;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Benchmarks;

/// <summary>The body of the SDK's appends: taken apart in place and put together.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private readonly byte[] _payload = new byte[1024];
    private readonly ArrayBufferWriter<byte> _writer = new(4 * 1024 * 1024);
    private byte[] _body = [];

    [Params(1, 100)]
    public int Records { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Write();
        _body = _writer.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int Write()
    {
        _writer.ResetWrittenCount();
        FrameWriter.WriteAppend(_writer, Records);
        for (var i = 0; i < Records; i++)
        {
            FrameWriter.WriteRecord(_writer, FrameFormat.NoTimestamp, 0, _payload.Length);
            _writer.Write(_payload);
        }

        return _writer.WrittenCount;
    }

    [Benchmark]
    public long Read()
    {
        var reader = FrameReader.OpenAppend(new ReadOnlySequence<byte>(_body), out _);
        long bytes = 0;
        while (reader.TryRead(out var record))
            bytes += record.Payload.Length;

        return bytes;
    }
}
