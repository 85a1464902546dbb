using System.Text;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>Items of the tables that follow a stream in a checkpoint (docs/FORMAT.md §7).</summary>
internal static class CheckpointTables
{
    /// <summary>Longest item of any table: a producer with a long id and all results.</summary>
    public const int MaxItemLength = 1 + Limits.ProducerIdLength + 4 + 8 + 8 + 1 + (CheckpointFormat.MaxResults * ResultLength);

    private const int ResultLength = 12;

    public static void Write(in TermStart term, ref SpanWriter writer)
    {
        writer.Int64(term.Term);
        writer.Int32(term.Generation);
        writer.Int64(term.Start);
    }

    public static void Write(ProducerCheckpoint producer, ref SpanWriter writer)
    {
        writer.Byte(checked((byte)producer.Id.Length));
        Encoding.ASCII.GetBytes(producer.Id, writer.Take(producer.Id.Length));
        writer.Int32(producer.Epoch);
        writer.Int64(producer.LastSequence);
        writer.Int64(producer.LastSeen);
        writer.Byte(checked((byte)producer.Results.Count));
        foreach (var result in producer.Results)
        {
            writer.Int64(result.Start);
            writer.Int32(result.Count);
        }
    }

    public static void Write(in LsnRange range, ref SpanWriter writer)
    {
        writer.Int64(range.From);
        writer.Int64(range.To);
    }

    public static TermStart ReadTerm(ref SpanReader reader)
    {
        var term = reader.Position();
        return new TermStart(term, reader.Count(), reader.Position());
    }

    public static ProducerCheckpoint ReadProducer(ref SpanReader reader)
    {
        int length = reader.Byte();
        if (length is 0 or > Limits.ProducerIdLength)
            throw new InvalidDataException($"A producer id has {length} bytes.");

        var id = Encoding.ASCII.GetString(reader.Take(length));
        var (epoch, sequence, seen) = (reader.Count(), reader.Position(), reader.Int64());
        var results = new ProducerResult[reader.Byte()];
        if (results.Length > CheckpointFormat.MaxResults)
            throw new InvalidDataException($"A producer has {results.Length} results; at most {CheckpointFormat.MaxResults} are possible.");

        for (var i = 0; i < results.Length; i++)
            results[i] = new ProducerResult(reader.Position(), reader.Count());

        return new ProducerCheckpoint(id, epoch, sequence, seen, results);
    }

    public static LsnRange ReadRange(ref SpanReader reader)
    {
        var range = new LsnRange(reader.Position(), reader.Position());
        return range.From < range.To ? range : throw new InvalidDataException("A range of LSNs is empty.");
    }
}
