using System.Buffers.Binary;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Reads the records that a checkpoint and a snapshot consist of (docs/FORMAT.md §7), each verified before it is used. Every failure is a
/// <see cref="CheckpointException"/>, an <see cref="InvalidDataException"/> for fields that make no sense, or the source's own. Not safe for several threads.
/// </summary>
internal abstract class RecordReader
{
    private delegate T ReadItem<out T>(ref SpanReader reader);

    /// <summary>Version of the records.</summary>
    protected int Version { get; init; } = CheckpointFormat.Version;

    /// <summary>Records read so far, the trailer not counted.</summary>
    protected long Records { get; private set; }

    /// <summary>The next bytes, without taking them: good until the next call. Throws if there are not so many.</summary>
    protected abstract ReadOnlySpan<byte> Look(int count);

    /// <summary>Takes bytes that were looked at.</summary>
    protected abstract void Take(int count);

    /// <summary>Where the reader stands, for messages.</summary>
    protected abstract string Where();

    /// <summary>The body of the next record; good until the next call.</summary>
    protected ReadOnlySpan<byte> Record(out CheckpointKind kind, out int items)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(Look(CheckpointFormat.RecordHeaderLength));
        if (length is < CheckpointFormat.RecordHeaderLength or > CheckpointFormat.MaxRecordLength)
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, $"{Where()}: a record cannot have {length} bytes.");

        var record = Look(length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) != CheckpointFormat.RecordChecksum(record))
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, $"{Where()}: the checksum of a record does not hold.");

        Take(length);
        kind = (CheckpointKind)record[8];
        items = BinaryPrimitives.ReadInt32LittleEndian(record[12..]);
        Records += kind == CheckpointKind.Trailer ? 0 : 1;
        return record[CheckpointFormat.RecordHeaderLength..];
    }

    /// <summary>A stream from its record, and from the tables that follow.</summary>
    protected CheckpointStream ReadStream(ReadOnlySpan<byte> record)
    {
        var stream = CheckpointStreamCodec.Read(record, Version, out var lengths);
        return stream with
        {
            State = stream.State with
            {
                Terms = Table(CheckpointKind.Terms, lengths.Terms, static (ref reader) => CheckpointTables.ReadTerm(ref reader)),
                Producers = Table(CheckpointKind.Producers, lengths.Producers, static (ref reader) => CheckpointTables.ReadProducer(ref reader)),
                Faulty = Table(CheckpointKind.Faulty, lengths.Faulty, static (ref reader) => CheckpointTables.ReadRange(ref reader)),
                Lost = Table(CheckpointKind.Lost, lengths.Lost, static (ref reader) => CheckpointTables.ReadRange(ref reader)),
            },
        };
    }

    /// <summary>The failure of records that are whole and make no sense.</summary>
    protected CheckpointException Incoherent(string what) => new(CheckpointFault.Incoherent, $"{Where()}: {what}.");

    private T[] Table<T>(CheckpointKind wanted, int length, ReadItem<T> read)
    {
        // Grown as records come and not by the number announced, which one record alone vouches for.
        var items = new List<T>();
        while (items.Count < length)
        {
            var reader = new SpanReader(Record(out var kind, out var count));
            if (kind != wanted || count < 1 || count > length - items.Count)
                throw Incoherent($"{count} items of kind {kind} where {length - items.Count} of {wanted} should follow");

            for (var i = 0; i < count; i++)
                items.Add(read(ref reader));

            reader.End();
        }

        return [.. items];
    }
}
