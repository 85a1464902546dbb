namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>Decides from a seed what callers do with a stream: mostly appends, of every kind, right and wrong.</summary>
internal static class StreamWorkload
{
    private static readonly string[] Tokens = ["a", "b", ""];
    private static readonly string[] Producers = ["p1", "p2", "p3"];

    /// <param name="driver">The stream.</param>
    /// <param name="random">The seed.</param>
    /// <param name="scale">From 100 on, single records fill files fast.</param>
    public static void Do(StreamDriver driver, Random random, int scale)
    {
        var state = driver.Model.Ordered;
        switch (random.Next(100))
        {
            case < 88:
                driver.Append(Append(state, random, scale));
                break;
            case < 93:
                driver.Trim(state.LsnOf(random.NextInt64(state.RecordsBelow(driver.Model.AcknowledgedTail) + 1)));
                break;
            case < 98:
                var expected = random.Next(3) == 0 ? (random.Next(4) == 0 ? "x" : state.Token) : null;
                driver.Fence(Tokens[random.Next(Tokens.Length)], expected);
                break;
            default:
                if (random.Next(6) == 0)
                    driver.Seal();

                break;
        }
    }

    private static ModelAppend Append(StreamState state, Random random, int scale)
    {
        var records = new List<ModelRecord>();
        for (var left = random.Next(4) == 0 ? random.Next(1, 8) : 1; left > 0; left--)
            records.Add(Record(random));

        if (scale >= 100 && records.Count == 1 && random.Next(2) == 0)
            records[0] = records[0] with { Payload = new byte[random.Next(10_000, 90_000)] };

        var token = random.Next(16) == 0 ? "wrong" : state.Token.Length == 0 ? null : state.Token;
        long? tail = random.Next(6) == 0 ? state.Tail + (random.Next(4) == 0 ? 1 : 0) : null;
        return new ModelAppend(records, new AppendConditions(tail, token, random.Next(2) == 0 ? null : Stamp(state, random)));
    }

    /// <summary>The next batch of a producer, an old one again, one too far, one of an epoch that is over, or the first of a new epoch.</summary>
    private static ProducerStamp Stamp(StreamState state, Random random)
    {
        var id = Producers[random.Next(Producers.Length)];
        var (epoch, next) = state.Producers.TryGetValue(id, out var known) ? (known.Epoch, known.Batches.Count) : (0, 0);
        return random.Next(20) switch
        {
            < 12 => new ProducerStamp(id, epoch, next),
            < 17 => new ProducerStamp(id, epoch, Math.Max(0, next - 1 - random.Next(3))),
            17 => new ProducerStamp(id, epoch, next + 1),
            18 => new ProducerStamp(id, Math.Max(0, epoch - 1), next),
            _ => new ProducerStamp(id, epoch + 1, 0),
        };
    }

    private static ModelRecord Record(Random random)
    {
        var payload = new byte[random.Next(10) switch { 0 => 0, < 8 => random.Next(100), < 9 => random.Next(2000), _ => random.Next(9000) }];
        random.NextBytes(payload);
        long? timestamp = random.Next(3) == 0 ? random.Next(2_000_000) : null;
        return new ModelRecord(payload, random.Next(4) == 0 ? $"h{random.Next(1000)}" : null, timestamp);
    }
}
