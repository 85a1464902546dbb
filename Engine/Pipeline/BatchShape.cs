using System.Buffers;
using System.Text;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>What one pass over a batch finds, before any lock is taken.</summary>
/// <param name="FrameBytes">Length of its frames, as far as it does not depend on the time.</param>
/// <param name="Latest">Latest timestamp that a record brings, in milliseconds since 1970 UTC; −1 if none brings one.</param>
internal readonly record struct BatchShape(int FrameBytes, long Latest)
{
    private static readonly SearchValues<char> ProducerIdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:~-");

    /// <summary>A record brings its own timestamp.</summary>
    public bool HasTimestamps => Latest >= 0;

    /// <summary>Checks everything that does not depend on the stream's state, or returns why the batch is refused.</summary>
    public static LogException? Check(in RecordBatch batch, in AppendConditions conditions, int maxRecordBytes, out BatchShape shape)
    {
        shape = default;
        if (batch.Count is 0 or > Limits.BatchRecords)
        {
            return batch.Count == 0
                ? new LogException(LogErrorCode.BadRecord, "A batch has at least one record.")
                : TooLarge($"A batch has at most {Limits.BatchRecords} records.", Limits.BatchRecords, "records");
        }

        long bytes = 0;
        var latest = -1L;
        for (var i = 0; i < batch.Count; i++)
        {
            ref readonly var record = ref batch[i];
            var content = record.ContentBytes;
            if (content > maxRecordBytes)
                return TooLarge($"A record of this stream has at most {maxRecordBytes} bytes; number {i} of the batch has {content}.", maxRecordBytes, "bytes");

            bytes += content + Limits.RecordOverheadBytes;
            latest = Math.Max(latest, record.Timestamp ?? -1);
            if (CheckDetails(record) is { } refusal)
                return refusal;
        }

        if (bytes > Limits.BatchBytes)
            return TooLarge($"A batch has at most {Limits.BatchBytes} bytes, {Limits.RecordOverheadBytes} for each record included.", Limits.BatchBytes, "bytes");

        shape = new BatchShape((int)bytes - batch.Count * (Limits.RecordOverheadBytes - AppendBody.FrameHeader), latest);
        return CheckConditions(conditions);
    }

    private static LogException? CheckDetails(in AppendRecord record)
    {
        if (record.Timestamp is < 0 or > Limits.Position)
        {
            return new LogException(
                LogErrorCode.BadRecord,
                $"A timestamp lies between 0 and {Limits.Position} milliseconds since 1970 UTC; {record.Timestamp} does not.{TimestampUnit.Hint(record.Timestamp.Value)}");
        }

        if (record.Headers.Length > Limits.HeadersPerRecord)
            return TooLarge($"A record has at most {Limits.HeadersPerRecord} headers.", Limits.HeadersPerRecord, "headers");

        foreach (ref readonly var header in record.Headers.Span)
        {
            if (header.Name.Length is 0 or > ushort.MaxValue)
                return new LogException(LogErrorCode.BadRecord, $"A header's name has 1 to {ushort.MaxValue} bytes.");
        }

        return null;
    }

    private static LogException? CheckConditions(in AppendConditions conditions)
    {
        if (conditions.ExpectedTail is < 0 or > Limits.Position)
            return new LogException(LogErrorCode.BadRequest, $"An expected tail lies between 0 and {Limits.Position}.");

        if (conditions.FencingToken is { } token && Encoding.UTF8.GetByteCount(token) > Limits.FencingTokenBytes)
            return TooLarge($"A fencing token has at most {Limits.FencingTokenBytes} bytes.", Limits.FencingTokenBytes, "bytes");

        if (conditions.Producer is not { } stamp)
            return null;

        if (stamp.Id is not { Length: > 0 and <= Limits.ProducerIdLength } || stamp.Id.AsSpan().ContainsAnyExcept(ProducerIdCharacters))
            return new LogException(LogErrorCode.BadRequest, $"A producer id has 1 to {Limits.ProducerIdLength} characters of A-Z a-z 0-9 . _ : ~ -");

        return stamp.Epoch < 0 || stamp.Sequence is < 0 or > Limits.Position
            ? new LogException(LogErrorCode.BadRequest, $"A producer's epoch is not negative, and its sequence lies between 0 and {Limits.Position}.")
            : null;
    }

    private static LogException TooLarge(string message, long limit, string unit) =>
        new(LogErrorCode.TooLarge, message, new LogErrorFacts(Limit: limit, Unit: unit));
}
