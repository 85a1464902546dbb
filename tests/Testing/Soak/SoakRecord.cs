using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Orleans.Log.Testing.Soak;

/// <summary>The record that a stream has at an LSN: made from the two alone, so that nothing need be kept to know it again. Pure.</summary>
public static class SoakRecord
{
    /// <summary>The largest payload, in bytes.</summary>
    public const int MaxBytes = 512;

    private const int MinBytes = 16;
    private const int WordBytes = sizeof(ulong);

    /// <summary>Writes the payload to the beginning of the destination, and returns how long it is.</summary>
    public static int Write(int stream, long lsn, Span<byte> destination)
    {
        var state = Seed(stream, lsn);
        var length = Length(state);
        var payload = destination[..length];
        BinaryPrimitives.WriteInt64LittleEndian(payload, stream);
        BinaryPrimitives.WriteInt64LittleEndian(payload[WordBytes..], lsn);
        foreach (ref var word in MemoryMarshal.Cast<byte, ulong>(payload[MinBytes..]))
            word = state = Next(state);

        return length;
    }

    /// <summary>Throws unless this is the payload that belongs there.</summary>
    public static void Verify(int stream, long lsn, ReadOnlySpan<byte> payload)
    {
        Span<byte> expected = stackalloc byte[MaxBytes];
        var length = Write(stream, lsn, expected);
        if (!payload.SequenceEqual(expected[..length]))
            throw new InvalidOperationException($"Record {lsn} of stream {stream} is not the one that was appended: {payload.Length} bytes, {Convert.ToHexString(payload[..Math.Min(32, payload.Length)])}…");
    }

    private static int Length(ulong seed) => MinBytes + (int)(seed % ((MaxBytes - MinBytes) / WordBytes + 1)) * WordBytes;

    private static ulong Seed(int stream, long lsn) => Next(Next((ulong)stream + 1) ^ (ulong)lsn);

    // SplitMix64.
    private static ulong Next(ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }
}
