using System.Security.Cryptography;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Files;

/// <summary>Writes records as the bytes that they were imported from (<see cref="LineFormat"/>).</summary>
internal sealed class StreamExport(LogClient client, string stream)
{
    private static readonly byte[] Lf = [LineFormat.Lf];

    /// <summary>Told the records that are written.</summary>
    public Action<long> Progress { get; init; } = static _ => { };

    /// <summary>Writes the records from <paramref name="from"/> to before <paramref name="to"/>, which is not beyond the tail.</summary>
    public async Task<ExportResult> RunAsync(long from, long to, Stream target, CancellationToken cancellationToken)
    {
        // Not disposed, which would close the target; a record is often a line of a hundred bytes, so its writes are gathered.
        var output = new BufferedStream(target, 1024 * 1024);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytes = 0;
        var next = from;
        if (from < to)
        {
            // Following rides out restarts of the server; up to a tail that is there already it never waits.
            var pages = client.FollowPagesAsync(
                stream, ReadStart.AtLsn(from), new ReadOptions { MaxBytes = Limits.ReadBytes, MaxRecords = Limits.ReadRecords }, cancellationToken);
            await foreach (var page in pages)
            {
                foreach (var record in page.Records)
                {
                    if (next == to)
                        break;

                    await WriteAsync(record.Payload);
                    if (LineFormat.EndsLine(record.Headers))
                        await WriteAsync(Lf);

                    next++;
                }

                Progress(next - from);
                if (next == to)
                    break;
            }
        }

        await output.FlushAsync(cancellationToken);
        return new ExportResult
        {
            Stream = stream,
            Start = from,
            End = next,
            Records = next - from,
            Bytes = bytes,
            Sha256 = Convert.ToHexStringLower(hash.GetCurrentHash()),
        };

        async ValueTask WriteAsync(ReadOnlyMemory<byte> part)
        {
            hash.AppendData(part.Span);
            bytes += part.Length;
            await output.WriteAsync(part, cancellationToken);
        }
    }
}
