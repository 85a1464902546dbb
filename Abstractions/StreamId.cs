using System.Buffers.Binary;
using System.Globalization;

namespace Orleans.Log;

/// <summary>
/// The identity of a log stream on disk, in blobs and on the wire: 128 random bits, made when the stream is created and never
/// used again. A stream that is deleted and created anew under its old name is another stream.
/// </summary>
/// <param name="Value">The bits.</param>
public readonly record struct StreamId(UInt128 Value)
{
    /// <summary>Length on disk and on the wire, in bytes.</summary>
    public const int Size = 16;

    /// <summary>A fresh id from random bytes that the caller provides, so that a simulation can be repeated.</summary>
    public static StreamId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128LittleEndian(bytes));

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128LittleEndian(destination, Value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
