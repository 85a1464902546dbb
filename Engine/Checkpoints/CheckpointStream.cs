using System.Text;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>One stream of a checkpoint.</summary>
/// <param name="Entry">What the catalog says of it; null for the catalog's own stream.</param>
/// <param name="State">Where it stands.</param>
internal sealed record CheckpointStream(CatalogEntry? Entry, StreamCheckpoint State);

/// <summary>The stream record of a checkpoint without its tables (docs/FORMAT.md §7).</summary>
internal static class CheckpointStreamCodec
{
    private const int HasTimestamp = 1;
    private const int IsSealed = 2;
    private const int IsSuspect = 4;
    private const int IsUnpublished = 8;

    public static int Measure(CheckpointStream stream) =>
        CheckpointFormat.StreamFixedLength
        + (stream.Entry?.Name.Value.Length ?? 0)
        + Encoding.UTF8.GetByteCount(stream.State.FencingToken)
        + (stream.Entry is { } entry ? StreamConfigCodec.Measure(entry.Config) : 0);

    /// <summary>Fills a record behind its 16 bytes of header.</summary>
    public static void Write(CheckpointStream stream, Span<byte> body)
    {
        var (entry, state) = stream;
        var token = Encoding.UTF8.GetByteCount(state.FencingToken);
        var writer = new SpanWriter(body);
        writer.StreamId(state.Id);
        writer.Int64(state.AsOf.Value);
        writer.Int64(entry?.CreatedAt ?? 0);
        writer.Int64(entry?.ConfigVersion ?? 0);
        writer.Int64(state.Head);
        writer.Int64(state.Tail);
        writer.Int64(state.LastEntry);
        writer.Int64(state.LastTimestamp ?? 0);
        writer.Int64(state.Bytes);
        writer.Int64(state.Term);
        writer.Int32(state.Generation);
        writer.UInt16(FlagsOf(state));
        writer.Byte(checked((byte)token));
        writer.Zero(1);
        writer.Int32(state.Terms.Count);
        writer.Int32(state.Producers.Count);
        writer.Int32(state.Faulty.Count);
        writer.UInt16(entry?.Name.Value.Length ?? 0);
        writer.UInt16(entry is null ? 0 : StreamConfigCodec.Measure(entry.Config));
        writer.Int64(state.Offloaded);
        writer.Int32(state.Lost.Count);
        writer.Zero(4);
        if (entry is not null)
            Encoding.ASCII.GetBytes(entry.Name.Value, writer.Take(entry.Name.Value.Length));

        Encoding.UTF8.GetBytes(state.FencingToken, writer.Take(token));
        if (entry is not null)
            StreamConfigCodec.Write(entry.Config, ref writer);
    }

    /// <summary>Reads it back; the tables' lengths come apart, since the tables are records of their own.</summary>
    public static CheckpointStream Read(ReadOnlySpan<byte> body, int version, out TableLengths tables)
    {
        var reader = new SpanReader(body);
        var id = reader.StreamId();
        var asOf = new WalPosition(reader.Position());
        var createdAt = reader.Int64();
        var configVersion = reader.Position();
        var (head, tail, lastEntry) = (reader.Position(), reader.Position(), reader.Position());
        var (lastTimestamp, bytes, term, generation) = (reader.Int64(), reader.Position(), reader.Position(), reader.Count());
        var flags = reader.UInt16();
        int token = reader.Byte();
        reader.Take(1);
        var (terms, producers, faulty) = (reader.Count(), reader.Count(), reader.Count());
        var (nameLength, configLength) = (reader.UInt16(), reader.UInt16());
        var (offloaded, lost) = version == CheckpointFormat.FirstVersion ? (0, 0) : (reader.Position(), reader.Count());
        reader.Take(version == CheckpointFormat.FirstVersion ? 0 : 4);
        tables = new TableLengths(terms, producers, faulty, lost);
        if (head > tail || offloaded > tail || flags > (HasTimestamp | IsSealed | IsSuspect | IsUnpublished) || token > Limits.FencingTokenBytes || configLength > StreamConfigCodec.MaxLength)
            throw new InvalidDataException($"Stream {id} has fields out of their bounds.");

        StreamName? name = nameLength == 0 ? null : CatalogBodies.ReadName(ref reader, nameLength);
        var fencingToken = Encoding.UTF8.GetString(reader.Take(token));
        CatalogEntry? entry = null;
        if (name is { } known)
        {
            var config = new SpanReader(reader.Take(configLength));
            entry = new CatalogEntry(known, id, StreamConfigCodec.Read(ref config), configVersion, createdAt);
            config.End();
        }

        reader.End();
        return new CheckpointStream(entry, new StreamCheckpoint
        {
            Id = id,
            AsOf = asOf,
            Head = head,
            Tail = tail,
            Offloaded = offloaded,
            LastEntry = lastEntry,
            LastTimestamp = (flags & HasTimestamp) != 0 ? lastTimestamp : null,
            Bytes = bytes,
            Term = term,
            Generation = generation,
            Sealed = (flags & IsSealed) != 0,
            Suspect = (flags & IsSuspect) != 0,
            Unpublished = (flags & IsUnpublished) != 0,
            FencingToken = fencingToken,
        });
    }

    private static int FlagsOf(StreamCheckpoint state) =>
        (state.LastTimestamp is null ? 0 : HasTimestamp)
        | (state.Sealed ? IsSealed : 0)
        | (state.Suspect ? IsSuspect : 0)
        | (state.Unpublished ? IsUnpublished : 0);
}

/// <summary>How many items the tables behind a stream record have in all.</summary>
internal readonly record struct TableLengths(int Terms, int Producers, int Faulty, int Lost);
