namespace Orleans.Log.Testing.Soak;

/// <summary>One stream of the soak and what is known of it: how many records were acknowledged. Written by its one writer, read by everybody.</summary>
/// <param name="number">Its number, of which its records are made.</param>
/// <param name="stream">The stream itself.</param>
/// <param name="isHot">It gets a batch in every turn of its writer.</param>
public sealed class SoakStream(int number, ILogStream stream, bool isHot)
{
    private long _acknowledged;

    public int Number => number;

    public ILogStream Stream => stream;

    public bool IsHot => isHot;

    /// <summary>Records acknowledged, which is the LSN of the next one: nothing else writes here, and an outcome that is not known ends the soak.</summary>
    public long Acknowledged
    {
        get => Volatile.Read(ref _acknowledged);
        set => Volatile.Write(ref _acknowledged, value);
    }

    public static StreamName NameOf(int number) => StreamName.Parse($"soak-{number:d4}");

    /// <summary>Verifies everything from an LSN to another one, and returns the bytes of the payloads.</summary>
    public static async Task<long> VerifyAsync(ILogStream stream, int number, long from, long end, CancellationToken cancellationToken)
    {
        long bytes = 0;
        while (from < end)
        {
            using var page = await stream.ReadAsync(ReadRequest.FromLsn(from) with { MaxBytes = 1 << 20, MaxRecords = Limits.ReadRecords }, cancellationToken);
            foreach (ref readonly var record in page.Records.Span)
            {
                if (record.Lsn != from++)
                    throw new InvalidOperationException($"Stream {number} gave record {record.Lsn} where {from - 1} comes next.");

                SoakRecord.Verify(number, record.Lsn, record.Payload.Span);
                bytes += record.Payload.Length;
            }

            if (page.Records.IsEmpty || page.Next != from)
                throw new InvalidOperationException($"Stream {number} gave {page.Records.Length} records up to {page.Next}, where {from} is next and {end} the end.");
        }

        return bytes;
    }
}
