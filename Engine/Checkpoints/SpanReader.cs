using System.Buffers.Binary;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>Reads little-endian fields from bytes whose checksum holds. Anything that does not fit is an <see cref="InvalidDataException"/>.</summary>
internal ref struct SpanReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Left => _rest.Length;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>A number that counts or places something, so never negative.</summary>
    public long Position()
    {
        var value = Int64();
        return value >= 0 ? value : throw new InvalidDataException($"A position is negative: {value}.");
    }

    /// <summary>A number that is never negative.</summary>
    public int Count()
    {
        var value = Int32();
        return value >= 0 ? value : throw new InvalidDataException($"A count is negative: {value}.");
    }

    public StreamId StreamId() => Log.StreamId.FromBytes(Take(Log.StreamId.Size));

    public Guid Guid() => new(Take(16));

    /// <summary>An id in the order of its text.</summary>
    public Guid Id() => WalIds.Read(Take(16));

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
            throw new InvalidDataException($"{count} bytes are needed and {_rest.Length} are left.");

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>Nothing may be left over.</summary>
    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new InvalidDataException($"{_rest.Length} bytes are left over.");
    }
}

/// <summary>Writes little-endian fields into a span that is known to be long enough.</summary>
internal ref struct SpanWriter(Span<byte> bytes)
{
    private Span<byte> _rest = bytes;

    public readonly int Left => _rest.Length;

    public void Byte(byte value) => Take(1)[0] = value;

    public void UInt16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), checked((ushort)value));

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void StreamId(StreamId value) => value.WriteTo(Take(Log.StreamId.Size));

    public void Guid(Guid value) => value.TryWriteBytes(Take(16));

    /// <summary>An id in the order of its text.</summary>
    public void Id(Guid value) => WalIds.Write(value, Take(16));

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Zero(int count) => Take(count).Clear();

    public Span<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
