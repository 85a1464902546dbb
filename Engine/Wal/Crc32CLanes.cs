using System.Numerics;
using System.Runtime.InteropServices;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// CRC-32C in three lanes at once: the processor's instruction takes three cycles and can begin one in each, so one lane leaves it idle for two of three. Lanes are
/// put together by shifting a checksum over as many zero bytes as the lanes behind it have, which is linear: four table look-ups. Long lanes are put together least often; the short ones
/// are for what is left, and for records of about a KiB.
/// </summary>
internal sealed class Crc32CLanes
{
    /// <summary>The shortest span that they are worth it for: a few hundred bytes go through one lane while the processor is at something else.</summary>
    public const int Least = 3 * 256;

    private const uint Polynomial = 0x82F63B78;

    private static readonly Crc32CLanes Long = new(1024);
    private static readonly Crc32CLanes Short = new(256);

    private readonly int _length;
    private readonly uint[] _overOne;
    private readonly uint[] _overTwo;

    private Crc32CLanes(int length) => (_length, _overOne, _overTwo) = (length, TableOver(length), TableOver(2 * length));

    /// <summary>The state after as many threes of lanes as the bytes hold; what is left, less than <see cref="Least"/>, is for the caller.</summary>
    public static uint Add(uint state, ref ReadOnlySpan<byte> bytes) => Short.AddAll(Long.AddAll(state, ref bytes), ref bytes);

    private uint AddAll(uint state, ref ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 3 * _length)
        {
            var first = MemoryMarshal.Cast<byte, ulong>(bytes[.._length]);
            var second = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(_length, _length))[..first.Length];
            var third = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(2 * _length, _length))[..first.Length];
            var (a, b, c) = (state, 0u, 0u);
            for (var i = 0; i < first.Length; i++)
            {
                a = BitOperations.Crc32C(a, first[i]);
                b = BitOperations.Crc32C(b, second[i]);
                c = BitOperations.Crc32C(c, third[i]);
            }

            state = Shift(_overTwo, a) ^ Shift(_overOne, b) ^ c;
            bytes = bytes[(3 * _length)..];
        }

        return state;
    }

    private static uint Shift(uint[] table, uint state) =>
        table[state & 0xFF] ^ table[256 + ((state >> 8) & 0xFF)] ^ table[512 + ((state >> 16) & 0xFF)] ^ table[768 + (state >> 24)];

    /// <summary>For each byte of a state and each of its values: what becomes of it over so many zero bytes.</summary>
    private static uint[] TableOver(int zeros)
    {
        var table = new uint[4 * 256];
        for (var bit = 0; bit < 32; bit++)
        {
            var state = 1u << bit;
            for (var i = 0; i < zeros * 8; i++)
                state = (state & 1) != 0 ? (state >> 1) ^ Polynomial : state >> 1;

            var (row, mask) = (bit / 8 * 256, 1 << (bit % 8));
            for (var value = 0; value < 256; value++)
                table[row + value] ^= (value & mask) != 0 ? state : 0;
        }

        return table;
    }
}
