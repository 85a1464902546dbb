using System.Buffers;
using System.Net.Http.Headers;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Client;

/// <summary>What a read returns: consecutive records, and where to go on.</summary>
public sealed class RecordPage
{
    // A page of the largest size, or one that consists of a single record of the largest size.
    private const int MaxBodyBytes = FrameFormat.PagePreambleBytes + WireLimits.BatchBytes + WireLimits.RecordOverheadBytes + WireLimits.RecordBytes;

    private RecordPage(FramePage page, StoredRecord[] records, string? streamId)
    {
        Records = records;
        Next = page.Next;
        Head = page.Head;
        Tail = page.Tail;
        Sealed = page.Sealed;
        StreamId = streamId;
    }

    /// <summary>The records, dense and in order; may be empty.</summary>
    public IReadOnlyList<StoredRecord> Records { get; }

    /// <summary>The LSN to read next.</summary>
    public long Next { get; }

    /// <summary>Lowest LSN that can still be read.</summary>
    public long Head { get; }

    /// <summary>LSN that the next record gets.</summary>
    public long Tail { get; }

    /// <summary>The tail will never move again.</summary>
    public bool Sealed { get; }

    /// <summary>Identity of the stream that was read; null if the server does not send it.</summary>
    public string? StreamId { get; }

    internal static async Task<RecordPage> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != WireMediaTypes.Frames)
            throw new FormatException("The answer is not in frames.");

        // LoadIntoBuffer refuses a longer one while it comes in, whatever the length that is announced.
        await response.Content.LoadIntoBufferAsync(MaxBodyBytes, cancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var reader = FrameReader.OpenPage(new ReadOnlySequence<byte>(bytes), out var page);
        var records = new StoredRecord[page.Count];
        for (var i = 0; reader.TryRead(out var frame); i++)
            records[i] = new StoredRecord(page.First + i, frame);

        return new RecordPage(page, records, StreamIdOf(response.Headers));
    }

    private static string? StreamIdOf(HttpResponseHeaders headers) =>
        headers.TryGetValues(WireHeaders.StreamId, out var values) ? values.FirstOrDefault() : null;
}
