using System.Numerics;
using System.Runtime.InteropServices;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// CRC-32C of long spans in three lanes at once: the processor's instruction takes three cycles and can begin one in each, so one lane leaves it idle for two of three. Lanes are
/// put together by shifting a checksum over as many zero bytes as the lanes behind it have, which is linear: four table look-ups.
/// </summary>
internal static class Crc32CLanes
{
    /// <summary>Bytes of a lane; spans of three lanes and more are worth it.</summary>
    public const int LaneLength = 1024;

    private const uint Polynomial = 0x82F63B78;

    private static readonly uint[] Over1 = TableOver(LaneLength);
    private static readonly uint[] Over2 = TableOver(2 * LaneLength);

    /// <summary>The state after as many threes of lanes as the bytes hold; what is left is for the caller.</summary>
    public static uint Add(uint state, ref ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 3 * LaneLength)
        {
            var first = MemoryMarshal.Cast<byte, ulong>(bytes[..LaneLength]);
            var second = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(LaneLength, LaneLength))[..first.Length];
            var third = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(2 * LaneLength, LaneLength))[..first.Length];
            var (a, b, c) = (state, 0u, 0u);
            for (var i = 0; i < first.Length; i++)
            {
                a = BitOperations.Crc32C(a, first[i]);
                b = BitOperations.Crc32C(b, second[i]);
                c = BitOperations.Crc32C(c, third[i]);
            }

            state = Shift(Over2, a) ^ Shift(Over1, b) ^ c;
            bytes = bytes[(3 * LaneLength)..];
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
