using System.Text;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Catalog;

/// <summary>Body of "stream created" (docs/FORMAT.md §8).</summary>
internal readonly record struct StreamCreated(StreamId Id, StreamName Name, StreamConfig Config) : IWalBody
{
    /// <inheritdoc/>
    public int Length => StreamId.Size + 2 + Name.Value.Length + StreamConfigCodec.Measure(Config);

    public static StreamCreated Read(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        var id = reader.StreamId();
        var name = CatalogBodies.ReadName(ref reader, reader.UInt16());
        var created = new StreamCreated(id, name, StreamConfigCodec.Read(ref reader));
        reader.End();
        return created;
    }

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.StreamId(Id);
        writer.UInt16(Name.Value.Length);
        Encoding.ASCII.GetBytes(Name.Value, writer.Take(Name.Value.Length));
        StreamConfigCodec.Write(Config, ref writer);
    }
}

/// <summary>Body of "stream configured".</summary>
internal readonly record struct StreamConfigured(StreamId Id, long Version, StreamConfig Config) : IWalBody
{
    /// <inheritdoc/>
    public int Length => StreamId.Size + 8 + StreamConfigCodec.Measure(Config);

    public static StreamConfigured Read(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        var configured = new StreamConfigured(reader.StreamId(), reader.Position(), StreamConfigCodec.Read(ref reader));
        reader.End();
        return configured;
    }

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.StreamId(Id);
        writer.Int64(Version);
        StreamConfigCodec.Write(Config, ref writer);
    }
}

/// <summary>Body of "stream deleted".</summary>
internal readonly record struct StreamDeleted(StreamId Id) : IWalBody
{
    /// <inheritdoc/>
    public int Length => StreamId.Size;

    public static StreamDeleted Read(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        var deleted = new StreamDeleted(reader.StreamId());
        reader.End();
        return deleted;
    }

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination) => Id.WriteTo(destination);
}

/// <summary>What the bodies share.</summary>
internal static class CatalogBodies
{
    public static StreamName ReadName(ref SpanReader reader, int length)
    {
        if (length > Limits.StreamNameLength)
            throw new InvalidDataException($"A name has {length} bytes; at most {Limits.StreamNameLength} are possible.");

        return StreamName.TryParse(Encoding.Latin1.GetString(reader.Take(length)), out var name)
            ? name
            : throw new InvalidDataException("A stored name is not one.");
    }
}
