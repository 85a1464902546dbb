using System.Security.Cryptography;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Files;

/// <summary>
/// Appends a file to a stream, so that it can be repeated. The producer's id is made from the bytes and the rules they are cut by, its
/// sequences number the batches: whoever runs the same import again finds out from the stream where it stopped, and goes on there.
/// </summary>
internal sealed class FileImport(LogClient client, string stream, string? token)
{
    // Far beyond any number of batches: a batch under it is always a gap, and the refusal says which sequence is next.
    private const long ProbeSequence = WireLimits.Position;

    /// <summary>Told the bytes of the file that are in the stream.</summary>
    public Action<long> Progress { get; init; } = static _ => { };

    /// <summary>Called if the import turns out to be one that cannot be repeated.</summary>
    public Action OnceOnly { get; init; } = static () => { };

    /// <summary>Imports a file that can be read twice; <paramref name="label"/> makes it another import of the same bytes.</summary>
    public async Task<ImportResult> RunAsync(FileStream file, string label, int pieceBytes, CancellationToken cancellationToken)
    {
        // The length now: a file that grows meanwhile is taken as far as it was hashed.
        var length = file.Length;
        var digest = await HashAsync(new BoundedStream(file, length), cancellationToken);
        if (await HasMoreAsync(file, length, cancellationToken))
        {
            // Of /proc, of a device: its length says nothing, and a second reading may give other bytes.
            OnceOnly();
            file.Position = 0;
            return await RunAsync(file, pieceBytes, cancellationToken);
        }

        var producer = ProducerId(digest, label, pieceBytes);
        var next = await NextSequenceAsync(producer, cancellationToken);
        file.Position = 0;
        var result = await AppendAsync(new BoundedStream(file, length), producer, next, pieceBytes, cancellationToken);
        return result.Sha256 == Convert.ToHexStringLower(digest)
            ? result
            : throw new CliException(ExitCode.Failed, "The file was changed while it was being imported; the stream holds parts of both.");
    }

    /// <summary>Imports what can be read only once: under a producer of its own, which cannot be found again.</summary>
    public Task<ImportResult> RunAsync(Stream input, int pieceBytes, CancellationToken cancellationToken) =>
        AppendAsync(input, ProducerId(RandomNumberGenerator.GetBytes(16), string.Empty, pieceBytes), 0, pieceBytes, cancellationToken);

    private async Task<ImportResult> AppendAsync(
        Stream input, string producer, long firstSequence, int pieceBytes, CancellationToken cancellationToken)
    {
        var options = new AppenderOptions
        {
            PipelineSize = AppenderOptions.MaxPipelineSize,
            ProducerId = producer,
            FirstSequence = firstSequence,
            FencingToken = token,
        };
        var counts = new ImportCounts();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var appender = await client.OpenAppenderAsync(stream, options, cancellationToken);
        try
        {
            var cutter = new BatchCutter(new HashingStream(input, hash), pieceBytes);
            for (long number = 0; await cutter.NextAsync(cancellationToken) is { Records.IsEmpty: false } batch; number++)
            {
                counts.Add(batch);
                if (number < firstSequence)
                    Progress(counts.Skip(batch));
                else
                    await appender.AppendBatchAsync(batch.Records.Span, Acknowledged(batch.FileBytes), cancellationToken);
            }
        }
        catch (LogClientException) when (appender.Fault is not null)
        {
            // Thrown below, when everything that was on its way has been settled.
        }
        finally
        {
            await appender.CloseAsync(cancellationToken);
        }

        if (appender.Fault is { } fault)
            throw Meaning(fault);

        return counts.ToResult(stream, producer, Convert.ToHexStringLower(hash.GetCurrentHash()));

        AppendCallback Acknowledged(long bytes) => (ack, error) =>
        {
            if (error is null)
                Progress(counts.Acknowledge(ack, bytes));
        };
    }

    /// <summary>Are there bytes behind the length, although the file did not grow?</summary>
    private static async Task<bool> HasMoreAsync(FileStream file, long length, CancellationToken cancellationToken) =>
        file.Position == length && await file.ReadAsync(new byte[1], cancellationToken) > 0 && file.Length == length;

    /// <summary>Explains a gap in the import's own sequences: another import used them, or the stream forgot them.</summary>
    private Exception Meaning(LogClientException fault)
    {
        if (fault is not { Code: WireErrors.ProducerGap, Details: { ExpectedSequence: { } expected, ReceivedSequence: { } received } })
            return fault;

        return new CliException(
            ExitCode.ConditionFailed,
            expected > received
                ? $"Another import of the same file into {stream} is at work, or was until now, and is ahead: the stream has the batches "
                    + $"below {expected}, and this one was at {received}. Nothing is there twice. "
                    + "Run the import again when the other one has ended: it appends what is missing, if anything is."
                : $"The stream {stream} no longer knows the batches of this import below {received}; it expects {expected}. It was deleted "
                    + "and created again meanwhile, or has forgotten the import. Check its content before the import is run again.",
            fault);
    }

    /// <summary>Asks the stream which batch of this producer comes next, by one that can only be refused.</summary>
    private async Task<long> NextSequenceAsync(string producer, CancellationToken cancellationToken)
    {
        var conditions = new Client.AppendConditions
        {
            Producer = new Client.ProducerStamp(producer, 0, ProbeSequence),
            ExpectedTail = WireLimits.Position,
            FencingToken = token,
        };
        try
        {
            await client.AppendAsync(stream, new NewRecord[] { new(ReadOnlyMemory<byte>.Empty) }, conditions, cancellationToken);
        }
        catch (LogClientException gap) when (gap.Code == WireErrors.ProducerGap && gap.Details.ExpectedSequence is { } expected)
        {
            return expected;
        }

        throw new CliException(ExitCode.Failed, "The server took a batch that it had to refuse.");
    }

    private static string ProducerId(byte[] digest, string label, int pieceBytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(LineFormat.Rules(pieceBytes));
        hash.AppendData(digest);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(label));
        return $"import-{Convert.ToHexStringLower(hash.GetCurrentHash().AsSpan(0, 16))}";
    }

    private static async Task<byte[]> HashAsync(Stream input, CancellationToken cancellationToken) =>
        await SHA256.HashDataAsync(input, cancellationToken);
}
