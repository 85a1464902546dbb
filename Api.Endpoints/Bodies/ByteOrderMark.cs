using System.Buffers;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>The mark that some editors and libraries put before UTF-8. A reader of JSON may ignore it (RFC 8259 §8.1); ours does.</summary>
internal static class ByteOrderMark
{
    private static ReadOnlySpan<byte> Utf8 => [0xEF, 0xBB, 0xBF];

    /// <summary>The body without a mark at its start.</summary>
    public static ReadOnlySequence<byte> Skip(in ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        return reader.IsNext(Utf8, advancePast: true) ? body.Slice(reader.Position) : body;
    }
}
