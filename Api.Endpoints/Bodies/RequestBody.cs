using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// The body of one request, decompressed if need be, as a pipe. Without compression it is the server's own pipe: what is parsed from it
/// has not been copied since it left the socket. An upload that breaks off throws; it never looks like a short body. What is held counts
/// against the <see cref="BodyBudget"/> until it is given back. Used by one request, not thread-safe.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private readonly PipeReader _reader;
    private readonly BodyBudget _budget;
    private readonly Stream? _decompressor;
    private readonly HttpContext _context;
    private long _held;

    private RequestBody(HttpContext context, PipeReader reader, BodyBudget budget, Stream? decompressor)
    {
        _context = context;
        _reader = reader;
        _budget = budget;
        _decompressor = decompressor;
    }

    /// <summary>Opens the body; null as limit for one that is read piece by piece without end.</summary>
    public static RequestBody Open(HttpContext context, BodyBudget budget, int? limit)
    {
        var request = context.Request;
        if (limit is not null && request.ContentLength > limit)
            throw TooLarge(limit.Value);

        // The limits of the route hold, not that of the server.
        BodyDrain.LiftLimit(context);

        var decompressor = Conditions.Single(request, "Content-Encoding")?.ToLowerInvariant() switch
        {
            null or "identity" => null,
            "gzip" or "x-gzip" => (Stream)new WholeGzipStream(request.Body),
            "br" => new WholeBrotliStream(request.Body),
            _ => throw Refusal.UnsupportedMedia("Content-Encoding must be gzip, br or absent.", Reasons.ContentEncoding),
        };
        var reader = decompressor is null
            ? request.BodyReader
            : PipeReader.Create(decompressor, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        return new RequestBody(context, reader, budget, decompressor);
    }

    /// <summary>
    /// The whole body, which stays valid until <see cref="Release"/>. Kestrel counts only what was not examined against its buffer, so
    /// waiting for the end while holding everything neither stalls the connection nor copies.
    /// </summary>
    public async ValueTask<ReadOnlySequence<byte>> ReadWholeAsync(int limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await ReadAsync(cancellationToken);
            if (result.Buffer.Length > limit)
            {
                Release(result.Buffer);
                throw TooLarge(limit);
            }

            if (result.IsCompleted)
                return result.Buffer;

            _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>What there is now, with what was not given back before; throws <see cref="LogErrorCode.Overloaded"/> if the budget is used up.</summary>
    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        ReadResult result;
        try
        {
            result = await _reader.ReadAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw BrokenBody.Report(_context, e);
        }

        if (_budget.TryHold(ref _held, result.Buffer.Length))
            return result;

        Release(result.Buffer);
        throw new LogException(
            LogErrorCode.Overloaded, "The server holds as many bytes of requests as it may.", new LogErrorFacts(Reason: Reasons.Bodies));
    }

    /// <summary>
    /// Ends a read in progress, whose result then says so. A token would leave the server's reader unusable, and what is still sent could not be
    /// discarded. For any thread.
    /// </summary>
    public void CancelPendingRead() => _reader.CancelPendingRead();

    /// <summary>Gives back what lies before <paramref name="consumed"/>; what lies behind comes again with more.</summary>
    public void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _reader.AdvanceTo(consumed, examined);

    /// <summary>Gives back what was read, to its end.</summary>
    public void Release(in ReadOnlySequence<byte> body)
    {
        _reader.AdvanceTo(body.End);
        _budget.Release(ref _held);
    }

    public void Dispose()
    {
        _budget.Release(ref _held);
        if (_decompressor is not null)
        {
            _reader.Complete();
            _decompressor.Dispose();
        }
    }

    private static LogException TooLarge(int limit) => Refusal.TooLarge($"This body has at most {limit} bytes.", limit, "bytes");
}
