using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>Numbers from 0 to 2^63−1 in as few bytes as they need (docs/FORMAT.md §10).</summary>
internal static class Varint
{
    /// <summary>Longest one.</summary>
    public const int MaxLength = 9;

    private const int Bits = 7;
    private const byte More = 0x80;

    /// <summary>Writes a number.</summary>
    public static void Write(ref SpanWriter writer, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        for (; value >= More; value >>= Bits)
            writer.Byte((byte)(value | More));

        writer.Byte((byte)value);
    }

    /// <summary>Reads a number. One that is longer than it needs to be, or than any is, is an <see cref="InvalidDataException"/>.</summary>
    public static long Read(ref SpanReader reader)
    {
        long value = 0;
        for (var i = 0; i < MaxLength; i++)
        {
            var next = reader.Byte();
            value |= (long)(next & ~More & 0xFF) << (Bits * i);
            if (next >= More)
                continue;

            return next != 0 || i == 0 ? value : throw new InvalidDataException("A number is longer than it needs to be.");
        }

        throw new InvalidDataException("A number is longer than any can be.");
    }

    /// <summary>Reads a number that fits an int.</summary>
    public static int ReadInt32(ref SpanReader reader) =>
        Read(ref reader) is <= int.MaxValue and var value ? (int)value : throw new InvalidDataException("A number is too large.");
}
