using System.Buffers;
using System.Text.Json;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Turns pieces of an NDJSON body into the records of one batch at a time. What it takes is decoded into the batch's own memory, so
/// that the piece can be given back. Empty lines count, but are no records.
/// </summary>
internal sealed class LineReader(BatchBuilder batch)
{
    /// <summary>A batch is cut here: large enough that its flush is worth it, small enough that answers come steadily. Bytes.</summary>
    private const int BatchBytes = 512 * 1024;

    /// <summary>The other cut: records.</summary>
    private const int BatchRecords = 5_000;

    /// <summary>Lines read so far.</summary>
    public long Lines { get; private set; }

    /// <summary>The batch has to be appended before more can be taken.</summary>
    public bool Full => batch.Count >= BatchRecords || batch.SizeBytes >= BatchBytes;

    /// <summary>
    /// Takes whole lines off the front of <paramref name="body"/> until the batch is full or only the beginning of a line is left, and
    /// that too if it is the last one. Throws for a line that is no record, having taken those before it.
    /// </summary>
    public void Take(ref ReadOnlySequence<byte> body, bool last)
    {
        while (!Full)
        {
            if (body.PositionOf((byte)'\n') is { } end)
            {
                var line = body.Slice(0, end);
                body = body.Slice(body.GetPosition(1, end));
                TakeLine(line);
            }
            else if (last && !body.IsEmpty)
            {
                var line = body;
                body = body.Slice(body.End);
                TakeLine(line);
            }
            else
            {
                if (body.Length > BodyLimits.NdJsonLine)
                {
                    Lines++;
                    throw TooLong();
                }

                return;
            }
        }
    }

    private void TakeLine(ReadOnlySequence<byte> line)
    {
        if (Lines++ == 0)
            line = ByteOrderMark.Skip(line);
        if (line.Length > BodyLimits.NdJsonLine)
            throw TooLong();
        if (line.IsEmpty || (line.Length == 1 && line.FirstSpan[0] == (byte)'\r'))
            return;

        try
        {
            JsonBatchReader.ReadLine(line, batch);
        }
        catch (JsonException e)
        {
            throw Refusal.BadRequest($"Line {Lines} is not well-formed JSON (byte {e.BytePositionInLine}).");
        }
    }

    private static LogException TooLong() =>
        Refusal.TooLarge($"A line has at most {BodyLimits.NdJsonLine} bytes.", BodyLimits.NdJsonLine, "bytes");
}
