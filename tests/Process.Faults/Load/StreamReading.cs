using Orleans.Log.Client;

namespace Orleans.Log.Process.Faults.Load;

/// <summary>Reads whole streams.</summary>
internal static class StreamReading
{
    /// <summary>Every record from 0 to the tail, as text; LSNs must be dense.</summary>
    public static async Task<List<string>> ReadAllAsync(this LogClient client, string stream)
    {
        var records = new List<string>();
        while (true)
        {
            var page = await client.ReadAsync(stream, ReadStart.AtLsn(records.Count), new ReadOptions { MaxRecords = 10_000, MaxBytes = 4 * 1024 * 1024 });
            foreach (var record in page.Records)
            {
                record.Lsn.ShouldBe(records.Count);
                records.Add(record.Text);
            }

            if (page.Next >= page.Tail)
                return records;
        }
    }

    /// <summary>Every record from the head to the tail, as text by LSN; across what a restored stream has lost.</summary>
    public static async Task<Dictionary<long, string>> ReadAcrossGapsAsync(this LogClient client, string stream)
    {
        var records = new Dictionary<long, string>();
        var (next, tail) = (0L, long.MaxValue);
        while (next < tail)
        {
            try
            {
                var page = await client.ReadAsync(stream, ReadStart.AtLsn(next), new ReadOptions { MaxRecords = 10_000, MaxBytes = 4 * 1024 * 1024 });
                foreach (var record in page.Records)
                    records.Add(record.Lsn, record.Text);

                (next, tail) = (page.Next, page.Tail);
            }
            catch (LogClientException error) when (error is { Code: LogClientErrors.Corrupt, Details: { Reason: "lost", Next: { } behind } })
            {
                next = behind;
            }
        }

        return records;
    }
}
