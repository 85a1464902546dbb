using System.Numerics;
using System.Runtime.InteropServices;

namespace Orleans.Log.Engine.Wal;

/// <summary>CRC-32C (Castagnoli), initial value and final xor FFFFFFFF, by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>State before any byte.</summary>
    internal const uint Start = uint.MaxValue;

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Add(Start, bytes));

    /// <summary>The checksum of a state.</summary>
    internal static uint Finish(uint state) => ~state;

    /// <summary>The state after more bytes.</summary>
    internal static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        if (BitConverter.IsLittleEndian)
        {
            if (bytes.Length >= Crc32CLanes.Least)
                state = Crc32CLanes.Add(state, ref bytes);

            var words = MemoryMarshal.Cast<byte, ulong>(bytes);
            foreach (var word in words)
                state = BitOperations.Crc32C(state, word);

            bytes = bytes[(words.Length * sizeof(ulong))..];
        }

        foreach (var single in bytes)
            state = BitOperations.Crc32C(state, single);

        return state;
    }

    /// <summary>The state after the four bytes of a number, lowest first.</summary>
    internal static uint Add(uint state, uint number) => BitOperations.Crc32C(state, number);

    /// <summary>The state after the eight bytes of a number, lowest first.</summary>
    internal static uint Add(uint state, ulong number) => BitOperations.Crc32C(state, number);
}
