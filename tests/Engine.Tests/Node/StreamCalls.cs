using System.Text;

namespace Orleans.Log.Engine.Tests.Node;

/// <summary>Short forms of the port's calls.</summary>
internal static class StreamCalls
{
    public static ValueTask<AppendResult> Append(this ILogStream stream, string text, AppendConditions conditions = default) =>
        stream.AppendAsync(new RecordBatch(Encoding.UTF8.GetBytes(text)), conditions, CancellationToken.None);

    public static ValueTask<AppendResult> Append(this ILogStream stream, byte[] payload, AppendConditions conditions = default) =>
        stream.AppendAsync(new RecordBatch(payload), conditions, CancellationToken.None);

    /// <summary>Files are prepared behind the appends; an append that comes too fast comes again.</summary>
    public static async Task<AppendResult> AppendUntilTaken(this ILogStream stream, byte[] payload)
    {
        while (true)
        {
            try
            {
                return await stream.Append(payload);
            }
            catch (LogException busy) when (busy.Code == LogErrorCode.Overloaded)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Appends again as long as it is refused for the reason given, or comes too fast.</summary>
    public static async Task<AppendResult> AppendUntil(this ILogStream stream, byte[] payload, LogErrorCode passing)
    {
        while (true)
        {
            try
            {
                return await stream.AppendUntilTaken(payload);
            }
            catch (LogException refused) when (refused.Code == passing)
            {
                await Task.Yield();
            }
        }
    }

    public static async Task<string[]> Texts(this ILogStream stream, long from = 0)
    {
        var texts = new List<string>();
        while (true)
        {
            using var page = await stream.ReadAsync(ReadRequest.FromLsn(from), CancellationToken.None);
            if (page.Records.IsEmpty)
                return [.. texts];

            foreach (var record in page.Records.Span)
            {
                record.Lsn.ShouldBe(from++);
                texts.Add(Encoding.UTF8.GetString(record.Payload.Span));
            }
        }
    }

    public static async Task<LogErrorCode> Refused<T>(this ValueTask<T> call) => (await Should.ThrowAsync<LogException>(call.AsTask())).Code;
}
